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
		"escaped in part":             {"a%2fb~c and a/b%7Ec", []string{"a/b~c"}, "<secret> and <secret>"},
		"escaped, other letters":      {"%C3%9F%f0%9f%98%80ab", []string{"ß😀ab"}, "<secret>"},
		"base64 of a URL":             {"Pz8_Pg and Pz8_Pg== and Pz8/Pg%3D%3D", []string{"???>"}, "<secret> and <secret> and <secret>"},
		"base64 in JSON of PHP":       {`"Pz8\/Pg=="`, []string{"???>"}, `"<secret>"`},
		"in JSON":                     {`"a\u0026b\"\/\\c"`, []string{`a&b"/\c`}, `"<secret>"`},
		"in JSON of ASCII":            {`"\u00df\ud83d\ude00ab"`, []string{"ß😀ab"}, `"<secret>"`},
		"quoted bytes":                {`"\xc3\x9f\U0001f600\tb" "\303\237😀\011b"`, []string{"ß😀\tb"}, `"<secret>" "<secret>"`},
		"in HTML":                     {"a&amp;b&lt;&quot;c a&#38;b&#x3c;&#34;c", []string{`a&b<"c`}, "<secret> <secret>"},
		"HTML in JSON":                {`a\u0026amp;b\u0026lt;\u0026#34;c`, []string{`a&b<"c`}, "<secret>"},
		"JSON in JSON":                {`a\\u0026b\\\\c\\\"d a\\u00df`, []string{`a&b\c"d`, "aßßß", "aß d"}, `<secret> a\\u00df`},
		"backslashes":                 {`a\\b a\\\\b`, []string{`a\\b`}, "<secret> <secret>"},
		"plain beside an escape":      {"50%25off 50%off", []string{"50%off"}, "<secret> <secret>"},
		"an escape that is cut":       {`abc% abc& abc\ abc\u00`, []string{"abcd"}, `abc% abc& abc\ abc\u00`},
		"a login":                     {"Basic a3BpOnRvcHNlY3JldA== of kpi with topsecret", secret.Login("kpi", "topsecret"), "Basic <secret> of kpi with <secret>"},
		"a login with a short one":    {"Basic a3BpOmFi of kpi", secret.Login("kpi", "ab"), "Basic <secret> of kpi"},
		"a login without a password":  {"kpi and kpi:", secret.Login("kpi", ""), "kpi and kpi:"},
	} {
		t.Run(name, func(t *testing.T) {
			got, isWithheld := secret.Redact(test.text, test.secrets...)
			if got != test.want || isWithheld != (got == secret.Withheld) {
				t.Errorf("%q, %v\nwant %q", got, isWithheld, test.want)
			}
		})
	}
}
