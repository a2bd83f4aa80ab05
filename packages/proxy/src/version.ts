// The version of this build, as package.json has it (a test compares them). A constant, so that nothing is read from disk for it.

export const VERSION = '0.1.0';
