package secret_test

import (
	"testing"

	"github.com/kpi-exporter/kpi_exporter/internal/secret"
)

func TestRedact(t *testing.T) {
	const refused = "dial tcp 127.0.0.1:1: connect: connection refused"
	for name, test := range map[string]struct {
		text    string
		secrets []string
		want    string
	}{
		"none":                        {refused, nil, refused},
		"empty":                       {refused, []string{""}, refused},
		"does not occur":              {refused, []string{"xyz", "x"}, refused},
		"three characters":            {refused, []string{"con"}, secret.Withheld},
		"one character":               {refused, []string{"p"}, secret.Withheld},
		"of an address":               {refused, []string{"27"}, secret.Withheld},
		"short beside a long one":     {refused, []string{"connect", "27"}, secret.Withheld},
		"three letters of two bytes":  {"a ßßß b", []string{"ßßß"}, secret.Withheld},
		"four characters":             {refused, []string{"refu"}, "dial tcp 127.0.0.1:1: connect: connection <secret>sed"},
		"the longer of two":           {refused, []string{"connect", "connection"}, "dial tcp 127.0.0.1:1: <secret>: <secret> refused"},
		"the word of its place":       {"the secret is here", []string{"secret", "here"}, "the <secret> is <secret>"},
		"in base64":                   {"535 aHVudGVyMg== or aHVudGVyMg", []string{"hunter2"}, "535 <secret> or <secret>"},
		"short, in base64":            {"535 Y29u", []string{"con"}, "535 <secret>"},
		"quoted":                      {`535 "a\"bcd"`, []string{`a"bcd`}, `535 "<secret>"`},
		"escaped in a URL":            {"a%2Fb+c and a%2Fb%20c", []string{"a/b c"}, "<secret> and <secret>"},
		"a short one that is escaped": {"at a%2Fb", []string{"a/b"}, "at <secret>"},
	} {
		t.Run(name, func(t *testing.T) {
			got, isWithheld := secret.Redact(test.text, test.secrets...)
			if got != test.want || isWithheld != (got == secret.Withheld) {
				t.Errorf("%q, %v\nwant %q", got, isWithheld, test.want)
			}
		})
	}
}
