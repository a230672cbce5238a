package lint

import "github.com/kpi-exporter/kpi_exporter/internal/valuesfile"

// The checks that other packages report by name, since only a database can tell.
const (
	DataFrom        = "data_from"
	DateColumn      = "date_column"
	EmptyResult     = "empty_result"
	NaiveTimestamps = "naive_timestamps"
	NotGrouped      = "not_grouped"
	Remark          = "remark"
	RoleRights      = "role_rights"
	SQLiteTimeForm  = "sqlite_time_form"
	Standby         = "standby"
	TimeArithmetic  = "time_arithmetic"
	UnusedColumn    = "unused_column"
	ZoneTables      = "zone_tables"
)

// Checks returns all checks, in the order in which docs/lint.md explains them.
func Checks() []Check {
	return []Check{
		// KPIs that somebody acts on.
		{"no_objective", "A KPI serves no objective.", OnRun, eachKPI(noObjective)},
		{"no_owner", "A KPI has no owner.", OnRun, eachKPI(noOwner)},
		{"no_target", "A KPI has no target, and does not say that it has none on purpose.", OnRun, eachKPI(noTarget)},
		{"no_unit", "A KPI has no unit.", OnRun, eachKPI(noUnit)},
		{"no_stage", "KPIs set the `stages` of a product's life in which they matter, but the file does not set the product's `stage`.", OnRun, noStage},
		{"review_overdue", "The date of `review_by`, or of `reviewed` and `review_every`, has passed.", OnRun, eachKPI(reviewOverdue)},
		{"target_ends", "The plan that a target follows has ended, or ends within 30 days.", OnRun, eachKPI(targetEnds)},
		{"too_many_company_kpis", "More than nine KPIs are `level: company`.", OnRun, tooManyCompanyKPIs},
		{"too_many_owner_kpis", "One owner has more than twelve KPIs, not counting those of `level: diagnostic`.", OnRun, tooManyOwnerKPIs},
		{"similar_names", "Two names differ by a plural, the order of their words, an underscore, or one letter.", OnRun, similarNames},
		// Definitions that mean what they say.
		{"database_clock", "A query asks the database for the time.", OnRead, nil},
		{"window_not_half_open", "A query includes the end of the period, or leaves out its start.", OnRun, eachDefinition(windowNotHalfOpen)},
		{"instant_without_as_of", "A query with `period: instant` or `{trailing: …}` reads neither `:as_of` nor a parameter of a window.", OnRun, eachDefinition(instantWithoutAsOf)},
		{"not_additive", "`merge: sum` or `merge: ratio` adds up what cannot be added up.", OnRun, eachDefinition(notAdditive)},
		{"sum_is_null", "`on_empty: zero` has no effect, because the query always returns a row, with `NULL` in it.", OnRun, eachDefinition(sumIsNull)},
		{"money_sample", "The sample size that a KPI is judged by is an amount of money.", OnRun, eachDefinition(moneySample)},
		{"withheld_by_difference", "A KPI is the total of parts of which another KPI withholds the small ones.", OnRun, eachDefinition(withheldByDifference)},
		{"disappearing_label", "A KPI has labels and a lower bound, and a label value without rows disappears instead of missing it.", OnRun, eachDefinition(disappearingLabel)},
		{"window_not_used", "A KPI has a `period`, but its query reads none of the parameters of a window.", OnRun, eachKPI(windowNotUsed)},
		{"ratio_without_parts", "A ratio has no `numerator` and `denominator`.", OnRun, eachKPI(ratioWithoutParts)},
		{"percent", "A number in the target of a ratio is above 1 and has no `%`.", OnRead, nil},
		{"thousands_dot", "A number has exactly three zeros after its dot.", OnRead, nil},
		{"odd_unit", "A unit is one letter or one capital away from a unit that has a meaning, or is the code of a currency without `currency:`.", OnRead, nil},
		{"inherited_bound", "A segment has a target of its own and inherits a `critical` or `stretch` that lies on the wrong side of it.", OnRead, nil},
		{"plan_period", "A query that gives targets has a period of its own.", OnRead, nil},
		{"short_stale_after", "`stale_after` is shorter than `every`.", OnRead, nil},
		{valuesfile.EarlyRow, "A row of values that are kept by hand is known before its period ends, or its period lies in the future.", OnRun, eachKPI(doubtfulRows)},
		{valuesfile.MissingRow, "A file of values that are kept by hand has no rows, a period or a label without a row, though others have one.", OnRun, eachKPI(doubtfulRows)},
		{valuesfile.UndatedRevision, "A row without `known_from` revises one that has it, and so may not count.", OnRun, eachKPI(doubtfulRows)},
		// Files in order.
		{"empty_include", "A pattern below `include` matches no file.", OnRead, nil},
		{"unknown_owner", "An owner of a KPI has no entry below `owners`, and one that is nearly the same has.", OnRead, nil},
		{"unused_query", "No KPI reads a named query.", OnRead, nil},
		{UnusedColumn, "A named query gives a column that no KPI reads.", OnConnect, nil},
		// Databases.
		{DataFrom, "A target, a comparison or a formula looks back to a period that is 0 or empty, as if the data had not begun.", OnConnect, nil},
		{"future_data_from", "`data_from` lies in the future.", OnRun, futureDataFrom},
		{DateColumn, "A date is compared with a bound of the period in the time zone of the session, which is not the KPI's.", OnConnect, nil},
		{EmptyResult, "A Prometheus has no series for a query.", OnConnect, nil},
		{"escaped_variable", "A variable inside a URL seems to be escaped, as only a URL is.", OnRead, nil},
		{"exposed_secret", "Everybody on the machine may read a secret.", OnRead, nil},
		{NaiveTimestamps, "A `timestamp` without time zone is compared with a bound of the period, and nothing says which zone it holds.", OnConnect, nil},
		{NotGrouped, "A query of MySQL or MariaDB selects a column that is neither grouped nor aggregated.", OnConnect, nil},
		{Remark, "A Prometheus remarks on a query.", OnConnect, nil},
		{RoleRights, "The role of a database may do more than read tables.", OnConnect, nil},
		{SQLiteTimeForm, "A column that SQLite compares with a bound of the period does not have the form of the bounds.", OnConnect, nil},
		{"sslmode", "The URL leaves open whether the connection is encrypted, or to whom.", OnRead, nil},
		{Standby, "A database is a standby, and nothing says how far its data reaches.", OnConnect, nil},
		{TimeArithmetic, "A query of MySQL or MariaDB computes with the digits of a date or a time.", OnConnect, nil},
		{"unusable_file", "A file that a URL names cannot be used on this machine.", OnRead, nil},
		{ZoneTables, "A query converts to a time zone that the server of MySQL or MariaDB does not know by name.", OnConnect, nil},
	}
}
