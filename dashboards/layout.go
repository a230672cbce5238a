package dashboards

// columns is the width of Grafana's grid; a row of it is 38 pixels high with its gap.
const columns = 24

// grid places panels from left to right and from top to bottom.
type grid struct {
	panels []*panel
	x, y   int
	height int // The height of the row being filled.
}

// add places a panel beside the one before it, or below where there is no room.
func (g *grid) add(w, h int, p *panel) {
	if g.x+w > columns {
		g.x, g.y, g.height = 0, g.y+g.height, 0
	}
	p.ID = len(g.panels) + 1
	p.Datasource = source()
	p.GridPos = gridPos{X: g.x, Y: g.y, W: w, H: h}
	if p.Transformations == nil {
		p.Transformations = []transformation{}
	}
	if p.FieldConfig.Overrides == nil {
		p.FieldConfig.Overrides = []override{}
	}
	g.panels = append(g.panels, p)
	g.x += w
	g.height = max(g.height, h)
}

// under places a panel below the one before it, as wide as that.
func (g *grid) under(h int, p *panel) {
	x, y, height := g.x, g.y, g.height
	above := g.panels[len(g.panels)-1].GridPos
	g.x, g.y = above.X, above.Y+above.H
	g.add(above.W, h, p)
	g.x, g.y, g.height = x, y, max(height, above.Y+above.H+h-y)
}

// build finishes a dashboard of these panels.
func (g *grid) build(uid, title, description string, variables ...variable) dashboard {
	return dashboard{
		UID: uid, Title: title, Description: description, Tags: []string{"kpi"}, SchemaVersion: 39, Timezone: "browser",
		Time: timeRange{From: "now-90d", To: "now"}, Refresh: "5m", GraphTooltip: 1,
		Links: []link{{
			Type: "dashboards", Title: "KPI dashboards", Tags: []string{"kpi"}, Icon: "external link",
			Tooltip: "The other dashboards about KPIs", AsDropdown: true, KeepTime: true,
		}},
		Templating:  templating{List: append([]variable{datasourceVariable()}, variables...)},
		Annotations: annotations{List: []annotation{}},
		Panels:      g.panels,
	}
}
