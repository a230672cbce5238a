package lint

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/document"
	"github.com/kpi-exporter/kpi_exporter/internal/period"
)

const (
	// maxCompanyKPIs is how many KPIs a whole company can keep an eye on.
	maxCompanyKPIs = 9
	// maxOwnerKPIs is how many KPIs one owner can act on; those that only help to explain others are not counted.
	maxOwnerKPIs = 12
	// soon is how long before the end of a target's plan there is still time to write the next one.
	soon = 30 * 24 * time.Hour
)

const diagnostic = "diagnostic" // The level of KPIs that explain others.

func noObjective(l *linter, k *config.KPI) {
	if k.Objective == "" {
		l.warn(k.Position, "add objective: with what it is for; what serves none need not be measured", "KPI %s serves no objective", strconv.Quote(k.Name))
	}
}

func noOwner(l *linter, k *config.KPI) {
	if k.Owner == "" {
		l.warn(k.Position, "add owner: with who acts when it is missed", "KPI %s has no owner", strconv.Quote(k.Name))
	}
}

func noTarget(l *linter, k *config.KPI) {
	if k.Target == nil && k.Better == "" && k.Level != diagnostic {
		l.warn(k.Position, "add target:, or better: higher or lower, or level: diagnostic if it has none on purpose", "KPI %s has no target", strconv.Quote(k.Name))
	}
}

func noUnit(l *linter, k *config.KPI) {
	if k.Unit == "" {
		l.warn(k.Position, "add unit: ratio, seconds, count, currency:EUR, or any word", "KPI %s has no unit", strconv.Quote(k.Name))
	}
}

func ratioWithoutParts(l *linter, k *config.KPI) {
	hint := "let the query return both, and map them with numerator: and denominator:, so that the sample size is known"
	if k.Values != nil {
		if k.HasQuotient() {
			return
		}
		hint = "write columns numerator and denominator, so that the sample size is known"
	}
	if k.Unit.IsRatio() && k.Numerator == "" && k.Formula == nil && !k.Query.IsPromQL() {
		l.warn(k.Position, hint,
			"KPI %s is a ratio without numerator and denominator", strconv.Quote(k.Name))
	}
}

func reviewOverdue(l *linter, k *config.KPI) {
	if !k.ReviewDue.IsZero() && k.ReviewDue.Before(l.now) {
		l.warn(k.Position, "is it still the right KPI, with the right target? then update reviewed:",
			"the review of KPI %s was due on %s", strconv.Quote(k.Name), k.ReviewDue.Format(time.DateOnly))
	}
}

// futureDataFrom finds data that has not begun, once per database and query that says so.
func futureDataFrom(l *linter) {
	var warned []document.Position
	for _, d := range l.definitions {
		for _, database := range d.Databases {
			at, begins := database.Position, d.DataBegins(database)
			if !d.DataFrom.IsZero() {
				at = d.Query.Position
			}
			if !begins.After(l.now) || slices.Contains(warned, at) {
				continue
			}
			warned = append(warned, at)
			l.warn(at, "write the day on which the data begins", "data_from is in the future: before %s nothing has a value", begins.Format(time.DateOnly))
		}
	}
}

// targetEnds finds targets that have expired, or will soon.
func targetEnds(l *linter, k *config.KPI) {
	if k.Target == nil {
		return
	}
	end, ok := k.Target.Expires()
	if !ok || end.After(l.now.Add(soon)) {
		return
	}
	verb := "ends"
	if !end.After(l.now) {
		verb = "ended"
	}
	l.warn(k.Position, "write the value that follows, or none where it ends", "the target of KPI %s %s on %s, its last value holds from then on",
		strconv.Quote(k.Name), verb, end.Format(time.DateOnly))
}

// windowNotUsed finds queries that give the same for every period. Those of an instant or a trailing window are for
// instantWithoutAsOf.
func windowNotUsed(l *linter, k *config.KPI) {
	if k.Query != nil && k.Query.PromQL() != nil && k.Period.Kind != period.Instant {
		if fixed, ok := k.Query.PromQL().FixedRange(); ok {
			l.warn(k.Query.At(fixed.Line, fixed.Column), "write [:period], or set period: instant",
				"%s does not change with the period (%s), and nothing else in the query does", fixed.Text, k.Period)
		}
		return
	}
	if k.Query != nil && k.Period.Kind != period.Instant && !k.Query.UsesWindow() && k.HasPast() {
		l.warn(k.Query.Position, "use :period_start and :period_end, or set period: instant", "the query does not use the period (%s)", k.Period)
	}
}

// noStage finds stages that cannot be compared with that of the product.
func noStage(l *linter) {
	i := slices.IndexFunc(l.cfg.KPIs, func(k *config.KPI) bool { return len(k.Stages) > 0 })
	if i >= 0 && l.cfg.Stage == "" {
		k := l.cfg.KPIs[i]
		l.warn(k.Position, "add stage: "+strings.Join(k.Stages, " or ")+" at the top of the file",
			"KPI %s has stages, but the stage of the product is not set", strconv.Quote(k.Name))
	}
}

func tooManyCompanyKPIs(l *linter) {
	company := 0
	for _, k := range l.cfg.KPIs {
		if k.Level != "company" {
			continue
		}
		if company++; company == maxCompanyKPIs+1 {
			l.warn(k.Position, "keep those that decide, and make the others level: team or diagnostic",
				"more than %d KPIs are of level company", maxCompanyKPIs)
		}
	}
}

func tooManyOwnerKPIs(l *linter) {
	owned := map[string]int{}
	for _, k := range l.cfg.KPIs {
		if k.Owner == "" || k.Level == diagnostic {
			continue
		}
		if owned[k.Owner]++; owned[k.Owner] == maxOwnerKPIs+1 {
			l.warn(k.Position, "keep those that are acted upon, and make the others level: diagnostic",
				"owner %s has more than %d KPIs", strconv.Quote(k.Owner), maxOwnerKPIs)
		}
	}
}
