// The mistake of whoever typed the command.

/** The user asked for something that makes no sense, or the environment names something impossible: exit 2. */
export class WrongUse extends Error {
  override name = 'WrongUse';
}
