// Package decision reads what was decided about KPIs, and when: the decisions of a KPI file. It knows KPIs by name only.
package decision

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"time"

	"github.com/kpi-exporter/kpi_exporter/internal/document"
	"github.com/kpi-exporter/kpi_exporter/internal/period"
)

// maxLabelText is how many characters of the text are in a label.
const maxLabelText = 200

// Decision is something that was decided about KPIs.
type Decision struct {
	Date     string // Such as 2026-07-01: a day in the time zone of each KPI.
	Text     string
	KPIs     []string // Names; at least one.
	Owner    string   // Need not be an owner of a KPI; "" if nobody is named.
	Link     string   // A web address, or "".
	Position document.Position
}

// ID identifies the decision among all of a product: its date and the beginning of the SHA-256 of its text.
func (d *Decision) ID() string {
	sum := sha256.Sum256([]byte(d.Text))
	return d.Date + "-" + hex.EncodeToString(sum[:3])
}

// ShortText returns the text as the label text has it: its first 200 characters.
func (d *Decision) ShortText() string {
	if letters := []rune(d.Text); len(letters) > maxLabelText {
		return string(letters[:maxLabelText])
	}
	return d.Text
}

// From returns the instant from which the decision exists: the first of its day in a time zone.
func (d *Decision) From(zone *time.Location) time.Time {
	from, _ := period.ParseTime(d.Date, zone) // Reader has read it once.
	return from
}

// Of returns the decisions about a KPI, the oldest first, and those of one day in their order.
func Of(all []*Decision, kpi string) []*Decision {
	var list []*Decision
	for _, d := range all {
		if slices.Contains(d.KPIs, kpi) {
			list = append(list, d)
		}
	}
	slices.SortStableFunc(list, func(a, b *Decision) int { return cmp.Compare(a.Date, b.Date) })
	return list
}
