package collector

import (
	"github.com/kpi-exporter/kpi_exporter/internal/database"
	"github.com/kpi-exporter/kpi_exporter/internal/document"
	"github.com/kpi-exporter/kpi_exporter/internal/lint"
	"github.com/kpi-exporter/kpi_exporter/internal/sqltext"
)

// groupWarnings warns of columns that the database takes from an arbitrary row of a group.
func (r *run) groupWarnings(advice database.QueryAdvice) []document.Problem {
	if advice.NotGrouped == "" {
		return nil
	}
	return []document.Problem{r.warning(lint.NotGrouped, sqltext.Parameter{Line: 1, Column: 1},
		"a column is neither in GROUP BY nor within an aggregate function, so that it is the one of an arbitrary row: the server says "+advice.NotGrouped,
		"add every column of the SELECT that is not aggregated to GROUP BY, or aggregate it, as in max(…)")}
}
