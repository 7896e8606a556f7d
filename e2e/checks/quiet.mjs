// Last: what all the pages of all the checks before said.

export async function no_page_breaks_its_policy_or_logs_an_error({ desk, report }) {
  report.equal('noise', [...new Set(desk.noise)], []);
}
