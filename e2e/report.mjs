// What held and what did not: one line for each failure, counts for the rest.

export class Report {
  passed = 0;
  failed = 0;
  #check = '';

  /** Runs one named check; an exception in it is a failure and ends only this check. */
  async check(name, body) {
    this.#check = name;
    try {
      await body();
    } catch (error) {
      const where = error.stack?.split('\n').find((line) => line.includes('/e2e/'))?.trim() ?? '';
      this.#fail(`expected no exception, got ${error.message} ${where}`);
    }
  }

  equal(what, actual, expected) {
    const [found, wanted] = [actual, expected].map((value) => JSON.stringify(value));
    if (found === wanted) this.passed += 1;
    else this.#fail(`${what}: expected ${wanted}, got ${found}`);
  }

  that(what, holds, found) {
    if (holds) this.passed += 1;
    else this.#fail(`${what}, got ${JSON.stringify(found)}`);
  }

  #fail(line) {
    this.failed += 1;
    console.log(`FAILED ${this.#check}: ${line.replace(/\s+/g, ' ')}`);
  }
}
