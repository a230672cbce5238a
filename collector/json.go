package collector

import (
	"encoding/json"
	"time"
)

// MarshalJSON writes the result as query --output json prints it: times as RFC 3339 in the KPI's time zone, a missing
// value as null, a failure as an error, without samples but those of databases that did not fail: then the error names those
// that did. A period that the data does not cover yet has "complete": false.
func (r Result) MarshalJSON() ([]byte, error) {
	type failure struct {
		Reason    FailureReason `json:"reason"`
		Message   string        `json:"message"`
		Databases []string      `json:"databases,omitempty"`
	}
	doc := struct {
		KPI         string       `json:"kpi"`
		AsOf        string       `json:"as_of"`
		PeriodStart string       `json:"period_start"`
		PeriodEnd   string       `json:"period_end"`
		Complete    *bool        `json:"complete,omitempty"` // Present only if it is false.
		Samples     []jsonSample `json:"samples"`
		Error       *failure     `json:"error"`
	}{
		KPI:         r.KPI.Name,
		AsOf:        r.rfc3339(r.AsOf),
		PeriodStart: r.rfc3339(r.Window.Start),
		PeriodEnd:   r.rfc3339(r.Window.End),
		Samples:     make([]jsonSample, len(r.Samples)),
	}
	if r.Incomplete {
		doc.Complete = new(bool)
	}
	names := r.KPI.LabelNames()
	for i := range r.Samples {
		doc.Samples[i] = newJSONSample(&r.Samples[i], names)
	}
	if r.Failure != nil {
		doc.Error = &failure{Reason: r.Failure.Reason, Message: r.Failure.Error()}
		for _, f := range r.FailedDatabases {
			doc.Error.Databases = append(doc.Error.Databases, f.Database)
		}
	}
	return json.Marshal(doc)
}

func (r Result) rfc3339(t time.Time) string {
	return t.In(r.KPI.Calendar.Location).Format(time.RFC3339Nano)
}

type jsonSample struct {
	Labels     map[string]string `json:"labels"`
	Value      *float64          `json:"value"`
	SampleSize *float64          `json:"sample_size"`
	Bounds     []jsonBound       `json:"bounds"`
	Attainment *float64          `json:"attainment"`
	Status     string            `json:"status"`
	Reason     string            `json:"reason,omitempty"`
	Missing    string            `json:"missing,omitempty"`
}

type jsonBound struct {
	Tier   string  `json:"tier"`
	Side   string  `json:"side"`
	Value  float64 `json:"value"`
	Source string  `json:"source"`
}

func newJSONSample(s *Sample, names []string) jsonSample {
	more := s.Details()
	doc := jsonSample{
		Labels:     make(map[string]string, len(names)),
		Value:      s.Value,
		SampleSize: s.SampleSize,
		Bounds:     make([]jsonBound, len(more.Bounds)),
		Attainment: more.Attainment,
		Status:     string(s.Status),
		Reason:     string(s.Reason),
		Missing:    more.Missing,
	}
	for i, name := range names {
		doc.Labels[name] = s.Labels[i]
	}
	for i, b := range more.Bounds {
		doc.Bounds[i] = jsonBound(b)
	}
	return doc
}
