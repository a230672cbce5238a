package dashboards

// detailLink opens the KPI of that name on its own dashboard, with the same data source and times.
func detailLink(kpi string) dataLink {
	return dataLink{Title: "Show this KPI alone", URL: "/d/" + detailUID + "?var-kpi=" + kpi + "&${datasource:queryparam}&${__url_time_range}"}
}

// filterLink opens the overview with one filter set and all levels.
func filterLink(title, filter, value string) dataLink {
	return dataLink{Title: title, URL: "/d/" + overviewUID + "?var-level=$__all&var-" + filter + "=" + value + "&${datasource:queryparam}&${__url_time_range}"}
}

// runbookLink shows the address in a column as a link.
func runbookLink() []property {
	return []property{
		width(85),
		set("mappings", []mapping{{Type: "regex", Options: regexMapping{Pattern: "(.+)", Result: mappedText{Text: "Runbook"}}}}),
		set("links", []dataLink{{Title: "Open the runbook", URL: "${__value.raw}", TargetBlank: true}}),
	}
}

type regexMapping struct {
	Pattern string     `json:"pattern"`
	Result  mappedText `json:"result"`
}

// pageLink opens the scoreboard on the exporter's own page.
func pageLink() link {
	return link{Type: "link", Title: "Scoreboard", Tags: []string{}, Icon: "external link", Tooltip: "The page of the exporter itself", URL: "http://${instance:raw}/", TargetBlank: true}
}

// boardLink leads from one board to another, with the same data source and times.
func boardLink(title, uid string) link {
	return link{Type: "link", Title: title, Tags: []string{}, Icon: "dashboard", Tooltip: title, URL: "/d/" + uid + "?${datasource:queryparam}", KeepTime: true}
}
