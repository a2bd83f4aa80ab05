// The thread of PasswordChecker: takes a password and a bcrypt hash, answers true or false, one after the other.

import { parentPort } from 'node:worker_threads';
import { compareSync } from 'bcryptjs';

interface Question {
  readonly password: string;
  readonly bcryptHash: string;
}

parentPort?.on('message', ({ password, bcryptHash }: Question) => {
  // htpasswd writes $2y$ for what everybody else calls $2b$ (crypt_blowfish 1.3).
  const isRight = compareSync(password, bcryptHash.replace(/^\$2[xy]\$/, '$2b$'));
  parentPort?.postMessage(isRight, []);
});
