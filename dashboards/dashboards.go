// Package dashboards makes Grafana dashboards: four that work for every KPI file without being generated, and boards
// for one file.
//
// It is pure: the same file always gives the same bytes. The dashboards are classic JSON, which Grafana 10 to 13 import
// and provision as it is; they name no data source, and they read only what the exporter exposes, so that they work
// without recording rules. Text from a KPI file is shown as it is written, whatever is in it.
package dashboards

import (
	"bytes"
	"encoding/json"

	"github.com/kpi-exporter/kpi_exporter/config"
)

// File is one dashboard.
type File struct {
	Name string // Without a folder, such as "kpi-overview.json".
	JSON []byte // Indented, with a newline at the end.
}

// Grouping says which KPIs are on one board.
type Grouping string

// The groupings.
const (
	ByOwner     Grouping = "owner"
	ByObjective Grouping = "objective"
)

// Included returns the dashboards that work for every KPI file: the overview, a KPI in detail, the exporter, and a wall screen.
func Included() []File {
	return []File{file(overview()), file(detail()), file(exporter()), file(wall())}
}

// Generate returns the included dashboards, which the boards link to, and a board for each owner or objective in the
// order in which the file first names them. KPIs that have none share the last board. Many KPIs have several boards, which link to each
// other.
func Generate(cfg *config.Config, by Grouping) []File {
	files := Included()
	for _, g := range groups(cfg, by) {
		files = append(files, file(g.board(by)))
	}
	return files
}

// file writes a dashboard. Nothing in one can fail to be written: it holds no channels, functions or NaNs.
func file(d dashboard) File {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	_ = e.Encode(d)
	return File{Name: d.UID + ".json", JSON: b.Bytes()}
}
