package web

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"time"

	"github.com/kpi-exporter/kpi_exporter/collector"
	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/analysis"
	"github.com/kpi-exporter/kpi_exporter/internal/catalog"
	"github.com/kpi-exporter/kpi_exporter/internal/document"
	"github.com/kpi-exporter/kpi_exporter/internal/insight"
	"github.com/kpi-exporter/kpi_exporter/internal/scoreboard"
	"github.com/kpi-exporter/kpi_exporter/internal/status"
)

// summary is what a list says about a KPI beside its result.
type summary struct {
	Title     string           `json:"title"`
	Owner     *string          `json:"owner"`
	Objective *string          `json:"objective"`
	Category  *string          `json:"category"`
	Level     string           `json:"level"`
	Unit      *string          `json:"unit"`
	Direction *string          `json:"direction"`
	State     scoreboard.State `json:"state"`
	Status    status.Status    `json:"status"`
	Reason    *string          `json:"reason"`
	Evaluated *string          `json:"evaluated_at"`
	DataUntil *string          `json:"data_until"`
}

func newSummary(e *scoreboard.KPI) summary {
	k := e.Surveyed.KPI
	return summary{
		Title: k.Title, Owner: orNull(k.Owner), Objective: orNull(k.Objective), Category: orNull(k.Category), Level: k.Level,
		Unit: orNull(string(k.Unit)), Direction: orNull(string(k.Direction())),
		State: e.State, Status: e.Verdict().Status, Reason: orNull(reasonOf(e)),
		Evaluated: instant(k, e.Evaluated), DataUntil: instant(k, e.DataUntil),
	}
}

// orNull returns nil for "".
func orNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// instant writes a time in the zone of the KPI; nil for the zero time.
func instant(k *config.KPI, t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	return new(t.In(k.Calendar.Location).Format(time.RFC3339Nano))
}

// reasonOf returns why the status of a KPI is unknown; "" if it is known.
func reasonOf(e *scoreboard.KPI) string {
	switch {
	case len(e.Now.Samples) > 0:
		return string(e.Verdict().Reason)
	case e.State == scoreboard.Failing:
		return "failed"
	case e.State == scoreboard.Current:
		return string(status.NoValue)
	}
	return string(e.State)
}

// detail is what is said about one KPI beside its result and its summary.
type detail struct {
	Description *string               `json:"description"`
	Definition  string                `json:"definition"`
	SQL         *string               `json:"sql"`
	Formula     *string               `json:"formula"`
	Runbook     *string               `json:"runbook"`
	ReviewDue   *string               `json:"review_due"`
	History     []collector.Result    `json:"history"`
	Why         []insight.Explanation `json:"why"`
	Unusual     []jsonUnusual         `json:"unusual"`
	Forecast    []jsonForecast        `json:"forecast"`
	Decisions   []jsonDecision        `json:"decisions"`

	HistoryReason  *string `json:"history_reason"`
	WhyReason      *string `json:"why_reason"`
	UnusualReason  *string `json:"unusual_reason"`
	ForecastReason *string `json:"forecast_reason"`
}

type jsonUnusual struct {
	Labels  map[string]string `json:"labels"`
	Value   *float64          `json:"value"`
	Low     *float64          `json:"low"`
	High    *float64          `json:"high"`
	Z       *float64          `json:"z"`
	Unusual bool              `json:"unusual"`
	Reason  *string           `json:"reason"`
}

type jsonForecast struct {
	Labels map[string]string    `json:"labels"`
	Value  *float64             `json:"value"`
	Low    *float64             `json:"low"`
	High   *float64             `json:"high"`
	Method collector.PaceMethod `json:"method"`
}

type jsonDecision struct {
	Date    string       `json:"date"`
	Text    string       `json:"text"`
	Owner   *string      `json:"owner"`
	Link    *string      `json:"link"`
	Effects []jsonEffect `json:"effects"`
}

type jsonEffect struct {
	Labels     map[string]string `json:"labels"`
	Periods    int               `json:"periods"`
	Before     *float64          `json:"before"`
	After      *float64          `json:"after"`
	Delta      *float64          `json:"delta"`
	Comparable int               `json:"comparable"`
	P          *float64          `json:"p"`
	Reason     *string           `json:"reason"`
}

// writeKPIs writes the KPIs that a request asks for, as an array.
func writeKPIs(b *scoreboard.Board, r *http.Request) ([]byte, error) {
	query := r.URL.Query()
	filter := scoreboard.Filter{
		Owner: query.Get("owner"), Objective: query.Get("objective"), Category: query.Get("category"), Level: query.Get("level"), Text: query.Get("q"),
	}
	s := query.Get("status")
	if s != "" && !slices.Contains(status.Statuses(), status.Status(s)) {
		return nil, newProblem(http.StatusBadRequest, "status: unknown %s; it is on_target, at_risk, off_target, no_target or unknown", document.Quote(s))
	}
	list := []json.RawMessage{}
	for i := range b.KPIs {
		e := &b.KPIs[i]
		if !filter.Holds(e.Surveyed.KPI) || s != "" && s != string(e.Verdict().Status) {
			continue
		}
		one, err := joined(e.Now, newSummary(e))
		if err != nil {
			return nil, err
		}
		list = append(list, one)
	}
	return encoded(list)
}

// writeKPI writes one KPI with all that is known of it.
func writeKPI(b *scoreboard.Board, r *http.Request) ([]byte, error) {
	name := r.PathValue("name")
	e := b.KPI(name)
	if e == nil {
		p := newProblem(http.StatusNotFound, "there is no KPI %s", document.Quote(name))
		if hint := b.Config.NearestKPI(name); hint != "" {
			p.Detail += "; " + hint
		}
		return nil, p
	}
	last, err := lastOf(b, r)
	if err != nil {
		return nil, err
	}
	one, err := joined(e.Now, newSummary(e), newDetail(e, last))
	if err != nil {
		return nil, err
	}
	return encoded(one)
}

func newDetail(e *scoreboard.KPI, last int) detail {
	k := e.Surveyed.KPI
	d := detail{
		Description: orNull(k.Description), Definition: catalog.Sentence(k), Runbook: orNull(k.Runbook),
		History: []collector.Result{}, Why: []insight.Explanation{},
		Unusual: make([]jsonUnusual, len(e.Unusual)), Forecast: []jsonForecast{}, Decisions: make([]jsonDecision, len(e.Decisions)),

		HistoryReason: orNull(string(e.HistoryReason())), WhyReason: orNull(string(e.WhyReason())),
		UnusualReason: orNull(string(e.UnusualReason())), ForecastReason: orNull(string(e.ForecastReason())),
	}
	if k.Query != nil && k.Query.Statement != nil {
		d.SQL = new(k.Query.Statement.SQL())
	}
	if k.Formula != nil {
		d.Formula = &k.Formula.Text
	}
	if !k.ReviewDue.IsZero() {
		d.ReviewDue = new(k.ReviewDue.Format(time.DateOnly))
	}
	points := e.History.Points
	for i := max(0, len(points)-last); i < len(points); i++ {
		d.History = append(d.History, e.History.Result(&points[i]))
	}
	if e.Explained {
		d.Why = append(d.Why, e.Why, e.LastYear)
	}
	for i := range e.Unusual {
		d.Unusual[i] = newUnusual(k, &e.Unusual[i])
	}
	for i := range e.Now.Samples {
		s := &e.Now.Samples[i]
		if more := s.Details(); more.Forecast != nil {
			d.Forecast = append(d.Forecast, jsonForecast{labelsOf(k, s.Labels), more.Forecast, more.ForecastLow, more.ForecastHigh, more.PaceMethod})
		}
	}
	for i := range e.Decisions {
		d.Decisions[i] = newDecision(k, &e.Decisions[i])
	}
	return d
}

func newUnusual(k *config.KPI, u *insight.Unusual) jsonUnusual {
	doc := jsonUnusual{Labels: labelsOf(k, u.Labels), Value: u.Value, Z: u.Z, Unusual: u.Unusual, Reason: orNull(string(u.Reason))}
	if u.Reason == "" {
		doc.Low, doc.High = &u.Usual.Low, &u.Usual.High
	}
	return doc
}

func newDecision(k *config.KPI, d *scoreboard.Decided) jsonDecision {
	doc := jsonDecision{Date: d.Date, Text: d.Text, Owner: orNull(d.Owner), Link: orNull(d.Link), Effects: make([]jsonEffect, len(d.Effects))}
	for i := range d.Effects {
		e := &d.Effects[i]
		doc.Effects[i] = jsonEffect{Labels: labelsOf(k, e.Labels), Periods: e.Periods, Reason: orNull(string(e.Reason))}
		if e.Reason == analysis.Reason("") {
			doc.Effects[i].Before, doc.Effects[i].After, doc.Effects[i].Delta = &e.Before, &e.After, &e.Delta
			doc.Effects[i].Comparable, doc.Effects[i].P = e.Comparable, e.P
		}
	}
	return doc
}

// labelsOf returns labels by their names; none for a total.
func labelsOf(k *config.KPI, values []string) map[string]string {
	labels := map[string]string{}
	names := k.LabelNames()
	for i, value := range values {
		labels[names[i]] = value
	}
	return labels
}

// joined writes values, each of which JSON has as an object, as one object with the keys of all.
func joined(values ...any) (json.RawMessage, error) {
	var text bytes.Buffer
	for i, v := range values {
		one, err := json.Marshal(v)
		if err != nil {
			return nil, err
		}
		text.Write(one[:len(one)-1])
		if i > 0 {
			text.Bytes()[text.Len()-len(one)+1] = ','
		}
	}
	text.WriteByte('}')
	return text.Bytes(), nil
}

// encoded writes a document with a line break at its end.
func encoded(v any) ([]byte, error) {
	var text bytes.Buffer
	err := json.NewEncoder(&text).Encode(v)
	return text.Bytes(), err
}
