package dashboards

import (
	"fmt"

	"github.com/kpi-exporter/kpi_exporter/internal/series"
)

const (
	overviewUID = "kpi-overview"
	detailUID   = "kpi-detail"
	exporterUID = "kpi-exporter"
	wallUID     = "kpi-wall"

	// mostShown is how many KPIs have a tile on the overview: what fits a laptop. Its table has all.
	mostShown = 12
)

// overview shows every KPI that the filters leave, the most urgent ones as tiles. It opens on the KPIs of the company,
// or on all where a file has none of those.
func overview() dashboard {
	all, shown := scope(`kpi=~"$kpi"`), scope(`kpi=~"$shown"`)
	var g grid
	g.add(11, 5, whatChanged(all))
	g.add(10, 5, statusCounts(all, countSizes()))
	g.add(3, 5, alertsFiring())

	p := tile(shown, "${shown}", "${shown:text}", fmt.Sprintf(
		"Above, the value in the colour of its status; below, the target, the change within a week and the value over the dashboard's time range. "+
			"For a KPI with labels, this is the part furthest from its target. It shows the %d most urgent KPIs.", mostShown), readable())
	p.Repeat, p.RepeatDirection, p.MaxPerRow = "shown", "h", 6
	g.add(24, 7, p)

	g.add(24, 15, everyKPI(all))
	g.add(12, 9, byObjective(all))
	g.add(12, 9, byOwner(all))
	g.add(24, 11, historyOfAll(shown))

	d := g.build(overviewUID, "KPI overview", "Every KPI against its target, the most urgent ones first.", append(overviewVariables(all, mostShown), instance())...)
	d.Links = append([]link{boardLink("Exporter", exporterUID), boardLink("For a wall screen", wallUID), pageLink()}, d.Links...)
	return d
}

// overviewVariables are the filters, and the KPIs that have a tile.
func overviewVariables(all scope, tiles int) []variable {
	selected := `kpi_info{owner=~"$owner", category=~"$category", objective=~"$objective", level=~"$level"}`
	// A KPI of no database is left out only when databases are picked.
	inDatabase := `kpi_database_info{database=~"$database"} or (kpi_info{database=~"$database"} unless on (job, kpi) kpi_database_info)`
	// The picked KPIs stand in it once: a data source that asks by GET would else have a very long address.
	every := scope(`kpi!=""`)
	urgency := urgency(every.rank(), "min by (job, kpi) ("+every.raw(series.Attainment)+")")
	shown := several(titled("shown", "Shown", fmt.Sprintf("topk(%d, sum by (kpi, title) (%s))", tiles, all.with("title", urgency)),
		"The most urgent of the KPIs.", asFound))
	shown.Hide, shown.SkipURLSync = hidden, true
	return []variable{
		filter("level", "Level", "label_values(kpi_info, level)", "Who looks at a KPI: company, team, or only to explain others.", "company"),
		filter("owner", "Owner", "label_values(kpi_info, owner)", "Who answers for a KPI.", ""),
		filter("category", "Category", "label_values(kpi_info, category)", "What a KPI is about.", ""),
		filter("objective", "Objective", "label_values(kpi_info, objective)", "What a KPI serves.", ""),
		filter("database", "Database", "label_values(kpi_database_info, database)", "What a KPI is computed from.", ""),
		several(titled("kpi", "KPI", fmt.Sprintf("max by (kpi, title) (%s and on (job, kpi) (%s))", selected, inDatabase),
			"The KPIs that the other filters leave.", caseless)),
		shown,
	}
}

// unlabelled leaves only a KPI's own labels.
func unlabelled(expr string) string { return "max without (job, kpi) (" + expr + ")" }
