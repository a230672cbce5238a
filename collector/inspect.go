package collector

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/database"
	"github.com/kpi-exporter/kpi_exporter/internal/document"
	"github.com/kpi-exporter/kpi_exporter/internal/lint"
)

// Inspect returns what the databases of the requests deserve to be warned of, whatever is read from them: what their roles may do
// beyond reading, and that they lag behind another server. It warns once per database. What a database does not answer is left out:
// Explain reports one that cannot be reached.
func (e *Evaluator) Inspect(ctx context.Context, requests []Request) []document.Problem {
	list := inspections(requests)
	warnings := make([][]document.Problem, len(list))
	var wg sync.WaitGroup
	for i, d := range list {
		wg.Go(func() {
			advice, _ := e.sources[d.Name].Inspect(ctx, d.timeout)
			warnings[i] = d.warnings(advice)
		})
	}
	wg.Wait()
	return slices.Concat(warnings...)
}

// inspection is a database to inspect.
type inspection struct {
	*config.Database
	timeout time.Duration // The longest of the KPIs that read it.
	trusted bool          // Some KPI takes its data for complete, because nothing says how far it reaches.
}

// inspections returns the databases that the requests read.
func inspections(requests []Request) []*inspection {
	var list []*inspection
	add := func(d *config.Database, k *config.KPI, trusted bool) {
		at := slices.IndexFunc(list, func(i *inspection) bool { return i.Database == d })
		if at < 0 {
			at, list = len(list), append(list, &inspection{Database: d})
		}
		list[at].timeout = max(list[at].timeout, k.Timeout)
		list[at].trusted = list[at].trusted || trusted
	}
	for _, req := range requests {
		for _, read := range req.KPI.Reads() {
			for _, d := range read.Databases {
				add(d, read, cmp.Or(read.Query.DataUntil, d.DataUntil) == nil)
			}
		}
		if t := req.KPI.Target; t != nil && t.FromDatabase != nil {
			add(t.FromDatabase, req.KPI, false) // Bounds do not depend on how far the data reaches.
		}
	}
	return list
}

// warnings returns what follows from the advice.
func (d *inspection) warnings(advice database.Advice) []document.Problem {
	var problems []document.Problem
	warn := func(check, hint, format string, args ...any) {
		problems = append(problems, document.Problem{
			Position: d.Position, Message: fmt.Sprintf(format, args...), Hint: hint, Warning: true, Check: check,
		})
	}
	if len(advice.Rights) > 0 {
		warn(lint.RoleRights, "connect as a role that has SELECT on what the KPIs read, and no other rights",
			"database %q: role %q may do more than read: it %s", d.Name, advice.Role, strings.Join(advice.Rights, "; it "))
	}
	if advice.Standby && d.trusted {
		warn(lint.Standby, "add data_until: "+cmp.Or(advice.DataUntil, "with SQL for the instant up to which it is complete"),
			"database %q is a standby, which lags: a period that has just closed may lack rows, and nothing says so", d.Name)
	}
	return problems
}
