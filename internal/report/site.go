package report

import (
	"crypto/sha256"
	"encoding/base64"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/chart"
)

// Site is where a report stands that is one page of several.
type Site struct {
	Pages   []Place // The other pages.
	Periods []Place // The same report, compared with another time.
	KPI     func(k *config.KPI) string
}

// Place is an address with its name.
type Place struct {
	Href, Text string
	Current    bool
}

// On puts the report on a site, to whose pages it then links.
func (r *Report) On(s *Site) {
	r.site = s
	for _, list := range [][]Entry{r.Changed, r.Off, r.Pace, r.Unusual, r.Moves, r.All} {
		for i := range list {
			list[i].Link = s.KPI(list[i].KPI)
		}
	}
}

// StyleHash returns the hash of the style of HTML, for a Content-Security-Policy: sha256-….
func StyleHash() string {
	sum := sha256.Sum256([]byte(style()))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

func style() string { return pageCSS + chart.CSS() }
