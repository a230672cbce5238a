package report

import (
	"io"
	"time"

	"github.com/kpi-exporter/kpi_exporter/internal/analysis"
)

// JSON writes the report for programs: every list complete, numbers in the units of the KPIs, times as RFC 3339.
func (r *Report) JSON(w io.Writer) error {
	return writeJSON(w, r.document())
}

type jsonReport struct {
	Product      string        `json:"product,omitempty"`
	AsOf         string        `json:"as_of"`
	Period       jsonPeriod    `json:"period"`
	Headline     string        `json:"headline"`
	Counts       jsonCounts    `json:"counts"`
	Changed      []jsonEntry   `json:"changed"`
	Off          []jsonEntry   `json:"off"`
	Pace         []jsonEntry   `json:"pace"`
	Unusual      []jsonEntry   `json:"unusual"`
	Moves        []jsonEntry   `json:"moves"`
	Decisions    []jsonDecided `json:"decisions"`
	All          []jsonEntry   `json:"all"`
	Housekeeping jsonDuties    `json:"housekeeping"`
	Definitions  string        `json:"definitions"`
	Judged       int           `json:"judged"`
	By           float64       `json:"expected_false_mentions"`
}

type jsonPeriod struct {
	Start string `json:"start"`
	End   string `json:"end"`
}

type jsonDuties struct {
	Reviews []jsonEntry `json:"reviews"`
	Targets []jsonEntry `json:"targets"`
	Stale   []jsonEntry `json:"stale"`
	Failed  []jsonEntry `json:"failed"`
}

type jsonCounts struct {
	Off      int `json:"off"`
	AtRisk   int `json:"at_risk"`
	On       int `json:"on"`
	Unknown  int `json:"unknown"`
	NoTarget int `json:"no_target"`
}

type jsonEntry struct {
	KPI      string            `json:"kpi"`
	Title    string            `json:"title"`
	Owner    string            `json:"owner,omitempty"`
	Labels   map[string]string `json:"labels"`
	Value    *float64          `json:"value"`
	Target   *float64          `json:"target"`
	Status   string            `json:"status"`
	Reason   string            `json:"reason,omitempty"`
	Parts    jsonCounts        `json:"parts"`
	Sentence string            `json:"sentence"`
	Why      string            `json:"why,omitempty"`
	*jsonUnusual
	*jsonMove
}

type jsonUnusual struct {
	Low  float64  `json:"low"`
	High float64  `json:"high"`
	Z    *float64 `json:"z"`
}

type jsonMove struct {
	Delta float64  `json:"delta"`
	Size  *float64 `json:"size"`
}

// jsonDecided is what followed a decision in one series of a KPI: numbers that are not known are null.
type jsonDecided struct {
	Decision string `json:"decision"`
	Date     string `json:"date"`
	Text     string `json:"text"`
	By       string `json:"decided_by,omitempty"`
	Page     string `json:"link,omitempty"`
	jsonEntry
	Before      *float64    `json:"before"`
	After       *float64    `json:"after"`
	Delta       *float64    `json:"delta"`
	Comparable  int         `json:"comparable"`
	P           *float64    `json:"p"`
	Periods     int         `json:"periods"`
	NotCompared string      `json:"not_compared,omitempty"` // Why.
	Others      []jsonOther `json:"others"`
}

type jsonOther struct {
	Decision string `json:"decision"`
	Date     string `json:"date"`
	Text     string `json:"text"`
}

func jsonDecisions(list []Decided) []jsonDecided {
	docs := make([]jsonDecided, len(list))
	for i := range list {
		one := &list[i]
		d, e := one.Decision, &one.Effect
		docs[i] = jsonDecided{
			Decision: d.ID(), Date: d.Date, Text: d.Text, By: d.Owner, Page: d.Link, jsonEntry: newJSONEntry(&one.Entry), Comparable: e.Comparable, P: e.P,
			Periods: e.Periods, NotCompared: string(e.Reason), Others: make([]jsonOther, len(one.Others)),
		}
		if e.Reason == "" {
			docs[i].Before, docs[i].After, docs[i].Delta = &e.Before, &e.After, &e.Delta
		}
		for j, other := range one.Others {
			docs[i].Others[j] = jsonOther{other.ID(), other.Date, other.Text}
		}
	}
	return docs
}

func (r *Report) document() jsonReport {
	at := func(t time.Time) string { return t.Format(time.RFC3339Nano) }
	return jsonReport{
		Product: r.Product, AsOf: at(r.AsOf), Period: jsonPeriod{at(r.Period.Start), at(r.Period.End)},
		Headline: r.Headline, Counts: jsonCounts(r.Counts),
		Changed: jsonEntries(r.Changed), Off: jsonEntries(r.Off), Pace: jsonEntries(r.Pace), Unusual: jsonEntries(r.Unusual),
		Moves: jsonEntries(r.Moves), Decisions: jsonDecisions(r.Decisions), All: jsonEntries(r.All),
		Housekeeping: jsonDuties{jsonEntries(r.Reviews), jsonEntries(r.Targets), jsonEntries(r.Stale), jsonEntries(r.Failed)},
		Definitions:  r.Definitions, Judged: r.Judged, By: r.FalseMentions,
	}
}

func jsonEntries(entries []Entry) []jsonEntry {
	list := make([]jsonEntry, len(entries))
	for i := range entries {
		list[i] = newJSONEntry(&entries[i])
	}
	return list
}

func newJSONEntry(e *Entry) jsonEntry {
	doc := jsonEntry{
		KPI: e.KPI.Name, Title: e.KPI.Title, Owner: e.KPI.Owner, Labels: map[string]string{}, Value: e.Value, Target: e.Target,
		Status: string(e.Status), Reason: string(e.Reason), Parts: jsonCounts(e.Parts), Sentence: e.Sentence, Why: e.Why,
		jsonUnusual: newJSONUnusual(e.Usual, e.Z),
	}
	for i, value := range e.Labels {
		doc.Labels[e.KPI.LabelNames()[i]] = value
	}
	if e.Delta != nil {
		doc.jsonMove = &jsonMove{*e.Delta, e.Size}
	}
	return doc
}

func newJSONUnusual(usual *analysis.Interval, z *float64) *jsonUnusual {
	if usual == nil {
		return nil
	}
	return &jsonUnusual{usual.Low, usual.High, z}
}
