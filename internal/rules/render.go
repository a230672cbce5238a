package rules

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"text/template"

	"github.com/kpi-exporter/kpi_exporter/internal/series"
	"github.com/prometheus/common/helpers/templates"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
)

// sample is one element of what a query gives; templates read its fields.
type sample struct {
	Labels map[string]string
	Value  float64
}

// instant is what Prometheus knows about a KPI at the moment at which an alert fires: metric name to series.
type instant map[string][]sample

// parseTemplate reads a template as Prometheus does. With an instant, what it looks up is answered from there.
func parseTemplate(text string, at instant) (*template.Template, error) {
	const variables = "{{$labels := .Labels}}{{$value := .Value}}"
	return template.New("").Option("missingkey=zero").Funcs(template.FuncMap{
		"query": at.query,
		"first": func(found []sample) (sample, error) {
			if len(found) == 0 {
				return sample{}, errors.New("nothing found")
			}
			return found[0], nil
		},
		"label":              func(name string, s sample) string { return s.Labels[name] },
		"value":              func(s sample) float64 { return s.Value },
		"match":              regexp.MatchString,
		"args":               arguments,
		"reReplaceAll":       replaceAll,
		"humanizePercentage": func(v float64) string { return fmt.Sprintf("%.4g%%", v*100) },
		"humanizeDuration":   templates.HumanizeDuration,
	}).Parse(variables + text)
}

// render runs the templates of an alert whose expression gave s.
func (at instant) render(texts map[string]string, s sample) (map[string]string, error) {
	rendered := make(map[string]string, len(texts))
	for name, text := range texts {
		t, err := parseTemplate(text, at)
		if err != nil {
			return nil, err
		}
		var b strings.Builder
		if err := t.Execute(&b, s); err != nil {
			return nil, err
		}
		rendered[name] = b.String()
	}
	return rendered, nil
}

// query answers the two forms of query that verdicts look things up with: a selector, and a selector with the owner
// joined to it.
func (at instant) query(text string) ([]sample, error) {
	expr, err := parser.NewParser(parser.Options{}).ParseExpr(text)
	if err != nil {
		return nil, err
	}
	join, joined := expr.(*parser.BinaryExpr)
	if joined {
		expr = join.LHS
	}
	selector, ok := expr.(*parser.VectorSelector)
	if !ok {
		return nil, fmt.Errorf("cannot answer %s", text)
	}
	var found []sample
	for _, s := range at[selector.Name] {
		if !matches(selector.LabelMatchers, s.Labels) {
			continue
		}
		if joined {
			s = at.withOwner(s)
		}
		found = append(found, s)
	}
	return found, nil
}

func matches(matchers []*labels.Matcher, set map[string]string) bool {
	for _, m := range matchers {
		if m.Name != model.MetricNameLabel && !m.Matches(set[m.Name]) {
			return false
		}
	}
	return true
}

// withOwner returns what joining the owner to a series gives: no label without a value.
func (at instant) withOwner(s sample) sample {
	joined := sample{Labels: map[string]string{}, Value: s.Value}
	for name, value := range s.Labels {
		if value != "" {
			joined.Labels[name] = value
		}
	}
	for _, info := range at[series.RecordedInfo] {
		if owner := info.Labels["owner"]; owner != "" && info.Labels["kpi"] == s.Labels["kpi"] {
			joined.Labels["owner"] = owner
		}
	}
	return joined
}

// arguments names the arguments of a template that another one calls.
func arguments(values ...any) map[string]any {
	named := make(map[string]any, len(values))
	for i, v := range values {
		named[fmt.Sprintf("arg%d", i)] = v
	}
	return named
}

func replaceAll(pattern, replacement, text string) (string, error) {
	re, err := regexp.Compile(pattern)
	if err != nil {
		return "", err
	}
	return re.ReplaceAllString(text, replacement), nil
}
