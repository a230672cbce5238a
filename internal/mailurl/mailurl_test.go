package mailurl

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParse(t *testing.T) {
	for text, want := range map[string]Server{
		"smtp://mail.example.com":                     {Host: "mail.example.com", Port: 587},
		"smtp://mail.example.com/":                    {Host: "mail.example.com", Port: 587},
		"SMTP://kpi:s3cret@mail.example.com:2525":     {Host: "mail.example.com", Port: 2525, User: "kpi", Password: "s3cret"},
		"smtps://kpi%40example.com:a%2Fb%3A%25@[::1]": {Host: "::1", Port: 465, User: "kpi@example.com", Password: "a/b:%", TLS: Implicit},
		"smtp://localhost:25?tls=off":                 {Host: "localhost", Port: 25, TLS: Off},
		"smtps://kpi:with@sign@mail.example.com":      {Host: "mail.example.com", Port: 465, User: "kpi", Password: "with@sign", TLS: Implicit},
	} {
		got, err := Parse(text)
		if err != nil || !cmp.Equal(want, got) {
			t.Errorf("%s: %+v %v, want %s", text, got, err, want.Address())
		}
	}
}

// An error says what is wrong and shows nothing of the URL.
func TestParseErrors(t *testing.T) {
	for text, want := range map[string]string{
		"":                                       "must begin with smtp://",
		"s3cret":                                 "must begin with smtp://",
		"http://kpi:s3cret@mail.example.com":     "must begin with smtp://",
		"smtp:kpi:s3cret@mail.example.com":       "names no host",
		"smtp://kpi:s3cret@":                     "names no host",
		"smtp://kpi:s3cret/x@mail.example.com":   "it is not a URL",
		"smtp://kpi:s3cret%zz@mail.example.com":  "is written as %2F",
		"smtp://kpi:s3cret\n@mail.example.com":   "it is not a URL",
		"smtp://mail.example.com/s3cret":         "nothing may follow",
		"smtp://mail.example.com#s3cret":         "nothing may follow",
		"smtp://kpi:s3cret@mail.example.com:0":   "between 1 and 65535",
		"smtp://kpi:s3cret@mail.example.com:x":   "it is not a URL",
		"smtp://kpi@mail.example.com":            "both a user and a password",
		"smtp://:s3cret@mail.example.com":        "both a user and a password",
		"smtp://mail.example.com?tls=s3cret":     "the only setting",
		"smtps://mail.example.com?tls=off":       "smtps:// means TLS",
		"smtp://kpi:s3cret@127.0.0.1:25?tls=off": "there must be no password",
	} {
		_, err := Parse(text)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: %v, want something with %q", text, err, want)
		}
	}
}

func TestServerShowsNoPassword(t *testing.T) {
	s, err := Parse("smtp://kpi:s3cret@mail.example.com")
	if err != nil {
		t.Fatal(err)
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
		if text := fmt.Sprintf(verb+verb, s, struct{ Server Server }{s}); strings.Contains(text, "s3cret") {
			t.Errorf("%s prints %s", verb, text)
		}
	}
	if text, err := json.Marshal(s); err != nil || strings.Contains(string(text), "s3cret") {
		t.Errorf("%s %v", text, err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add("smtp://kpi:s3cret@mail.example.com:587?tls=off")
	f.Add("smtps://[::1]:465/")
	f.Fuzz(func(t *testing.T, text string) {
		s, err := Parse(text)
		if err == nil && (s.Host == "" || s.Port < 1 || s.Port > 65535 || (s.User == "") != (s.Password == "") || s.TLS == Off && s.User != "") {
			t.Errorf("%q: %#v", text, s)
		}
	})
}
