package report

import (
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"strconv"
	"strings"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/format"
	"github.com/kpi-exporter/kpi_exporter/internal/status"
)

// maxNamedTitles is how many KPIs a clause of the headline names.
const maxNamedTitles = 3

// news says which KPIs changed: "Customer churn went off target; Activation is on target again".
func news(r *Report) string {
	var clauses []string
	clause := func(one, several string, is func(Entry) bool) {
		var titles []string
		for _, e := range r.Changed {
			if is(e) {
				titles = append(titles, e.KPI.Title)
			}
		}
		switch more := len(titles) - maxNamedTitles; {
		case len(titles) == 0:
		case len(titles) == 1:
			clauses = append(clauses, titles[0]+" "+one)
		case more > 0:
			clauses = append(clauses, strings.Join(titles[:maxNamedTitles], ", ")+" and "+strconv.Itoa(more)+" more "+several)
		default:
			clauses = append(clauses, format.And(titles)+" "+several)
		}
	}
	clause("went off target", "went off target", func(e Entry) bool { return e.Status == status.OffTarget })
	clause("is now at risk", "are now at risk", func(e Entry) bool { return e.Status == status.AtRisk })
	clause("is on target again", "are on target again", func(e Entry) bool { return e.Status == status.OnTarget })
	if len(clauses) == 0 {
		return "no KPI went off target or came back"
	}
	return strings.Join(clauses, "; ")
}

// countsText writes how many KPIs have each status; those that none has are left out.
func countsText(c Counts) string {
	var parts []string
	for _, one := range []struct {
		n    int
		word string
	}{
		{c.Off, "off target"}, {c.AtRisk, "at risk"}, {c.On, "on target"}, {c.Unknown, "unknown"}, {c.NoTarget, "without a target"},
	} {
		if one.n > 0 {
			parts = append(parts, strconv.Itoa(one.n)+" "+one.word)
		}
	}
	if len(parts) == 0 {
		return "No KPI"
	}
	return strings.Join(parts, ", ")
}

// newDefinitions returns the digest of what KPIs compute.
func newDefinitions() hash.Hash { return sha256.New() }

func addDefinition(h hash.Hash, k *config.KPI) {
	_, _ = h.Write([]byte(k.Name + " " + k.Fingerprint() + "\n"))
}

// shortDigest returns eight hexadecimal digits, which change when a definition does.
func shortDigest(h hash.Hash) string { return hex.EncodeToString(h.Sum(nil))[:8] }
