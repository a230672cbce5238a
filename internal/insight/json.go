package insight

import (
	"encoding/json"
	"time"
)

// MarshalJSON writes the explanation as query --why --output json prints it: times as RFC 3339 in the KPI's time zone, what is
// not known as null.
func (x Explanation) MarshalJSON() ([]byte, error) {
	doc := struct {
		KPI          string            `json:"kpi"`
		AsOf         string            `json:"as_of"`
		Against      Against           `json:"against"`
		From         *float64          `json:"from"`
		To           *float64          `json:"to"`
		Delta        *float64          `json:"delta"`
		Explanations []jsonAttribution `json:"explanations"`
		Alike        bool              `json:"alike"`
		Reason       *string           `json:"reason"`
	}{
		KPI: x.KPI.Name, AsOf: x.AsOf.In(x.KPI.Calendar.Location).Format(time.RFC3339Nano), Against: x.Against,
		From: x.From, To: x.To, Delta: x.Delta, Explanations: make([]jsonAttribution, len(x.Attributions)), Alike: x.Alike,
	}
	for i := range x.Attributions {
		doc.Explanations[i] = newJSONAttribution(&x.Attributions[i])
	}
	if x.Reason != "" {
		doc.Reason = new(string(x.Reason))
	}
	return json.Marshal(doc)
}

type jsonAttribution struct {
	Label    *string  `json:"label,omitempty"` // Absent for operands.
	Method   Method   `json:"method"`
	Segments []any    `json:"segments"`
	Rate     *float64 `json:"rate,omitempty"`
	Mix      *float64 `json:"mix,omitempty"`
}

func newJSONAttribution(a *Attribution) jsonAttribution {
	doc := jsonAttribution{Method: a.Method, Rate: a.Rate, Mix: a.Mix, Segments: make([]any, len(a.Segments))}
	if a.Method != Shapley {
		doc.Label = &a.Label
	}
	for i := range a.Segments {
		doc.Segments[i] = jsonSegment(a.Method, &a.Segments[i])
	}
	return doc
}

// jsonSegment returns what a method says about a segment.
func jsonSegment(m Method, s *Segment) any {
	type marks struct {
		New   bool `json:"new"`
		Gone  bool `json:"gone"`
		Small bool `json:"small"`
	}
	switch m {
	case Contribution:
		return struct {
			Value        string   `json:"value"`
			Contribution *float64 `json:"contribution"`
			Unexpected   *float64 `json:"unexpected"`
			marks
		}{s.Value, s.Contribution, s.Unexpected, marks{s.New, s.Gone, s.Small}}
	case MixRate:
		return struct {
			Value string   `json:"value"`
			Rate  *float64 `json:"rate"`
			Mix   *float64 `json:"mix"`
			marks
		}{s.Value, s.Rate, s.Mix, marks{s.New, s.Gone, s.Small}}
	case Shapley:
		return struct {
			Value        string   `json:"value"`
			Contribution *float64 `json:"contribution"`
		}{s.Value, s.Contribution}
	}
	return struct {
		Value string   `json:"value"`
		From  *float64 `json:"from"`
		To    *float64 `json:"to"`
		Delta *float64 `json:"delta"`
	}{s.Value, s.From, s.To, s.Delta}
}
