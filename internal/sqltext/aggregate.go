package sqltext

import (
	"slices"
	"strings"
)

// The aggregate functions of the engines, grouped by whether their values can be added up.
const (
	sums      = "sum total"
	counts    = "count count_if countif"
	means     = "avg mean median mode percentile percentile_cont percentile_disc percentile_approx approx_percentile approx_median quantile quantile_cont quantile_disc approx_quantile geometric_mean"
	spreads   = "stddev stddev_pop stddev_samp std variance var_pop var_samp corr covar_pop covar_samp skewness kurtosis"
	distincts = "approx_count_distinct approx_distinct count_distinct hll_cardinality uniq uniqexact ndv"
	extremes  = "min max"
	logical   = "bool_and bool_or every" // The smallest or the largest of true and false.
	others    = "array_agg json_agg jsonb_agg string_agg group_concat bit_and bit_or bit_xor any_value first last"
)

func isOneOf(word, words string) bool { return slices.Contains(strings.Fields(words), word) }

// isAggregate reports whether an expression calls an aggregate function. SQLite's min and max with several arguments are not aggregates.
func (e *expr) isAggregate() bool {
	switch {
	case e.kind != call || e.windowed:
		return false
	case isOneOf(e.text, extremes):
		return len(e.args) == 1
	}
	return isOneOf(e.text, strings.Join([]string{sums, counts, means, spreads, distincts, logical, others}, " ")) || strings.HasPrefix(e.text, "regr_")
}
