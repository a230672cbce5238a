package dashboards

import "strings"

// query is a dataQuery before it is decided whether it is for now or for a range.
type query struct {
	ref    string
	expr   string
	legend string // "" lets Grafana name series by the labels in which they differ.
}

// now requests one number per series. Current numbers are never taken from a range, whose last point may be hours old.
func now(queries ...query) []dataQuery { return targets(queries, "time_series", true) }

// rows requests one row per series, with a column per label.
func rows(queries ...query) []dataQuery { return targets(queries, "table", true) }

// over requests the time range.
func over(queries ...query) []dataQuery { return targets(queries, "time_series", false) }

func targets(queries []query, format string, instant bool) []dataQuery {
	list := make([]dataQuery, len(queries))
	for i, q := range queries {
		legend := q.legend
		if legend == "" {
			legend = "__auto"
		}
		list[i] = dataQuery{
			RefID: q.ref, Datasource: source(), Expr: q.expr, LegendFormat: legend, Format: format,
			Instant: instant, Range: !instant, EditorMode: "code",
		}
	}
	return list
}

type reduceOptions struct {
	Calcs  []string `json:"calcs"`
	Fields string   `json:"fields"`
	Values bool     `json:"values"`
}

func lastValue() reduceOptions { return reduceOptions{Calcs: []string{"lastNotNull"}} }

type statOptions struct {
	ReduceOptions reduceOptions `json:"reduceOptions"`
	Orientation   string        `json:"orientation"`
	ColorMode     string        `json:"colorMode"`
	GraphMode     string        `json:"graphMode"`
	TextMode      string        `json:"textMode"`
	JustifyMode   string        `json:"justifyMode"`
	WideLayout    bool          `json:"wideLayout"`
	Text          *textSizes    `json:"text,omitempty"`
}

// textSizes are in pixels.
type textSizes struct {
	TitleSize int `json:"titleSize,omitempty"`
	ValueSize int `json:"valueSize,omitempty"`
}

// stat shows numbers of now.
func stat(title, description string, defaults field, queries ...dataQuery) *panel {
	return &panel{
		Type: "stat", Title: title, Description: description, Targets: queries,
		Options: statOptions{
			ReduceOptions: lastValue(), Orientation: "auto", ColorMode: "value", GraphMode: "none",
			TextMode: "auto", JustifyMode: "auto", WideLayout: true,
		},
		FieldConfig: fieldConfig{Defaults: defaults},
	}
}

// coloured is a stat whose background is coloured. Its text is white, or black, as suits the colour.
func coloured(title, description string, defaults field, queries ...dataQuery) *panel {
	p := stat(title, description, defaults, queries...)
	o := p.Options.(statOptions)
	o.ColorMode, o.JustifyMode = "background_solid", "center"
	p.Options = o
	return p
}

type barOptions struct {
	ReduceOptions reduceOptions `json:"reduceOptions"`
	Orientation   string        `json:"orientation"`
	DisplayMode   string        `json:"displayMode"`
	ValueMode     string        `json:"valueMode"`
	NamePlacement string        `json:"namePlacement"`
	ShowUnfilled  bool          `json:"showUnfilled"`
	Sizing        string        `json:"sizing"`
	MinVizHeight  int           `json:"minVizHeight"`
	MinVizWidth   int           `json:"minVizWidth"`
	MaxVizHeight  int           `json:"maxVizHeight"`
}

// bars shows numbers of now as horizontal bars.
func bars(title, description string, defaults field, queries ...dataQuery) *panel {
	return &panel{
		Type: "bargauge", Title: title, Description: description, Targets: queries,
		Options: barOptions{
			ReduceOptions: lastValue(), Orientation: "horizontal", DisplayMode: "basic", ValueMode: "text",
			NamePlacement: "left", ShowUnfilled: true, Sizing: "auto", MinVizHeight: 16, MinVizWidth: 8, MaxVizHeight: 28,
		},
		FieldConfig: fieldConfig{Defaults: defaults},
	}
}

type tableOptions struct {
	ShowHeader bool   `json:"showHeader"`
	CellHeight string `json:"cellHeight"`
	FrameIndex int    `json:"frameIndex"`
}

// table shows rows. Columns can be filtered by their readers.
func table(title, description string, queries ...dataQuery) *panel {
	return &panel{
		Type: "table", Title: title, Description: description, Targets: queries,
		Options: tableOptions{ShowHeader: true, CellHeight: "sm"},
		FieldConfig: fieldConfig{Defaults: field{
			Unit: "count:", Custom: map[string]any{"align": "auto", "filterable": true, "cellOptions": cell{Type: "auto"}},
		}},
	}
}

type cell struct {
	Type             string `json:"type"`
	Mode             string `json:"mode,omitempty"`
	ValueDisplayMode string `json:"valueDisplayMode,omitempty"`
	WrapText         bool   `json:"wrapText,omitempty"`
}

// wrapped breaks long texts into lines, as Grafana before 12.2 and from then on wants to be told.
func wrapped() []property {
	return []property{set("custom.cellOptions", cell{Type: "auto", WrapText: true}), set("custom.wrapText", true)}
}

type legendOptions struct {
	ShowLegend  bool     `json:"showLegend"`
	DisplayMode string   `json:"displayMode"`
	Placement   string   `json:"placement"`
	Calcs       []string `json:"calcs"`
}

type tooltipOptions struct {
	Mode string `json:"mode"`
	Sort string `json:"sort"`
}

type graphOptions struct {
	Legend  legendOptions  `json:"legend"`
	Tooltip tooltipOptions `json:"tooltip"`
}

// graph shows series over time, in shades of blue: other palettes begin with the colours of a status. Values of KPIs
// change in steps, and between two of them nothing is known.
func graph(title, description string, defaults field, queries ...dataQuery) *panel {
	if defaults.Color == nil {
		defaults.Color = &color{Mode: "shades", FixedColor: blue}
	}
	if defaults.NoValue == "" {
		defaults.NoValue = noHistory
	}
	defaults.Custom = map[string]any{
		"drawStyle": "line", "lineInterpolation": "stepAfter", "lineWidth": 2, "fillOpacity": 0, "showPoints": "auto",
		"pointSize": 4, "spanNulls": false,
	}
	return &panel{
		Type: "timeseries", Title: title, Description: description, Targets: queries,
		Options: graphOptions{
			Legend:  legendOptions{ShowLegend: true, DisplayMode: "list", Placement: "bottom", Calcs: []string{}},
			Tooltip: tooltipOptions{Mode: "multi", Sort: "none"},
		},
		FieldConfig: fieldConfig{Defaults: defaults},
	}
}

type timelineOptions struct {
	MergeValues bool           `json:"mergeValues"`
	ShowValue   string         `json:"showValue"`
	AlignValue  string         `json:"alignValue"`
	RowHeight   float64        `json:"rowHeight"`
	Legend      legendOptions  `json:"legend"`
	Tooltip     tooltipOptions `json:"tooltip"`
}

// timeline shows states over time, in the words and colours of a mapping. Its legend would repeat them, so it has none.
func timeline(title, description string, states mapping, queries ...dataQuery) *panel {
	return &panel{
		Type: "state-timeline", Title: title, Description: description, Targets: queries,
		Options: timelineOptions{
			MergeValues: true, ShowValue: "auto", AlignValue: "left", RowHeight: 0.8,
			Legend:  legendOptions{ShowLegend: false, DisplayMode: "list", Placement: "bottom", Calcs: []string{}},
			Tooltip: tooltipOptions{Mode: "single", Sort: "none"},
		},
		// By thresholds, Grafana would write these in place of the words.
		FieldConfig: fieldConfig{Defaults: field{
			Unit: "none", NoValue: noHistory, Color: fixed(gray), Mappings: []mapping{states},
			Custom: map[string]any{"lineWidth": 0, "fillOpacity": 100},
		}},
	}
}

// override changes fields of that display name; a name between slashes is a regular expression.
func (p *panel) override(name string, properties ...property) *panel {
	m := matcher{ID: "byName", Options: name}
	if strings.HasPrefix(name, "/") {
		m.ID = "byRegexp"
	}
	p.FieldConfig.Overrides = append(p.FieldConfig.Overrides, override{Matcher: m, Properties: properties})
	return p
}

// overrideQuery changes the fields of a query.
func (p *panel) overrideQuery(ref string, properties ...property) *panel {
	p.FieldConfig.Overrides = append(p.FieldConfig.Overrides, override{
		Matcher: matcher{ID: "byFrameRefID", Options: ref}, Properties: properties,
	})
	return p
}

// transform adds a transformation.
func (p *panel) transform(id string, options any) *panel {
	p.Transformations = append(p.Transformations, transformation{ID: id, Options: options})
	return p
}

func set(id string, value any) property { return property{ID: id, Value: value} }

// fixed is one colour for every value.
func fixed(c string) *color { return &color{Mode: "fixed", FixedColor: c} }

type fieldMapping struct {
	FieldName  string `json:"fieldName"`
	HandlerKey string `json:"handlerKey"`
}

type rowsToFields struct {
	Mappings []fieldMapping `json:"mappings"`
}

type configFromData struct {
	ConfigRefID string         `json:"configRefId"`
	ApplyTo     matcher        `json:"applyTo"`
	Mappings    []fieldMapping `json:"mappings"`
}

type organize struct {
	ExcludeByName map[string]bool   `json:"excludeByName"`
	IndexByName   map[string]int    `json:"indexByName"`
	RenameByName  map[string]string `json:"renameByName"`
}

type sortBy struct {
	Fields struct{}    `json:"fields"`
	Sort   []sortField `json:"sort"`
}

type sortField struct {
	Field string `json:"field"`
	Desc  bool   `json:"desc"`
}

func sorted(name string, descending bool) sortBy {
	return sortBy{Sort: []sortField{{Field: name, Desc: descending}}}
}

// width fixes a column's width in pixels.
func width(pixels int) property { return set("custom.width", pixels) }
