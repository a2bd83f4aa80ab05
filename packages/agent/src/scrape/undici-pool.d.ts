// The type of undici's pool by itself: importing all of undici costs an agent 15 MB (docs/decisions).
declare module 'undici/lib/dispatcher/pool.js' {
  import { Pool } from 'undici';
  export default Pool;
}
