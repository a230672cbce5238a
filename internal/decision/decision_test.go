package decision

import (
	"strings"
	"testing"
	"time"
)

// The first six digits are those that sha256sum prints of the text.
func TestID(t *testing.T) {
	d := Decision{Date: "2026-07-01", Text: "Prices rise by 10 %"}
	if got, want := d.ID(), "2026-07-01-386fc6"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestShortText(t *testing.T) {
	for name, test := range map[string]struct{ text, want string }{
		"short":               {"Prices rise", "Prices rise"},
		"exactly as long":     {strings.Repeat("ü", 200), strings.Repeat("ü", 200)},
		"cut between letters": {strings.Repeat("ü", 199) + "€ and more", strings.Repeat("ü", 199) + "€"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := (&Decision{Text: test.text}).ShortText(); got != test.want {
				t.Errorf("got %q", got)
			}
		})
	}
}

// A decision exists from the first instant of its day on, in the zone of whoever asks. Beirut's clock was put forward at midnight.
func TestFrom(t *testing.T) {
	d := Decision{Date: "2026-03-29"}
	for zone, want := range map[string]string{
		"UTC": "2026-03-29T00:00:00Z", "Asia/Tokyo": "2026-03-29T00:00:00+09:00", "Asia/Beirut": "2026-03-29T01:00:00+03:00",
	} {
		loc, err := time.LoadLocation(zone)
		if err != nil {
			t.Fatal(err)
		}
		if got := d.From(loc).Format(time.RFC3339); got != want {
			t.Errorf("%s: got %s, want %s", zone, got, want)
		}
	}
}

func TestOf(t *testing.T) {
	all := []*Decision{
		{Date: "2026-09-01", Text: "c", KPIs: []string{"churn", "arr"}},
		{Date: "2026-03-01", Text: "a", KPIs: []string{"churn"}},
		{Date: "2026-09-01", Text: "d", KPIs: []string{"churn"}},
		{Date: "2026-05-01", Text: "b", KPIs: []string{"arr"}},
	}
	texts := func(kpi string) string {
		text := ""
		for _, d := range Of(all, kpi) {
			text += d.Text
		}
		return text
	}
	for kpi, want := range map[string]string{"churn": "acd", "arr": "bc", "nps": ""} {
		if got := texts(kpi); got != want {
			t.Errorf("%s: got %q, want %q", kpi, got, want)
		}
	}
}
