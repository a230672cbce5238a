package state

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// example returns a state with everything in it.
func example() *State {
	at := time.Date(2026, 4, 1, 6, 0, 0, 123456789, time.UTC)
	return &State{
		Databases: map[string]string{"app": "0f", "eu": "1e"},
		KPIs: []KPI{
			{
				Fingerprint: "ab", AsOf: at, Scheduled: at.Add(time.Second), Success: at, Successes: map[string]time.Time{"eu": at}, Took: time.Second,
				DataUntil: at, Data: map[string]time.Time{"money": at, "nothing yet": {}}, Failure: "connect", Failures: map[string]string{"eu": "timeout"},
			},
			{Fingerprint: "cd", Failure: "query"},
		},
		Readings: []Reading{
			{Fingerprint: "ab", At: at.UnixNano(), Read: at, Databases: []string{"app"}, Samples: []Sample{
				{Labels: []string{"a<b>\n\x00é"}, Value: new(0.1), Numerator: new(1.0), Denominator: new(10.0), Size: new(1e300), Quotient: true, Exact: "1/3"},
				{Labels: []string{""}, Withheld: true},
				{Value: new(math.Copysign(0, -1))},
				{},
			}},
			{Fingerprint: "cd-parts", At: -1, Read: at, Databases: []string{"app", "eu"}, Past: true, Missing: "value"},
		},
		Targets: []Targets{{Fingerprint: "ab", Read: at, Databases: []string{"app"}, Past: true, Rows: []Target{
			{Labels: []*string{new("eu"), nil}, Bounds: map[string]*float64{"at_least": new(3.0), "critical": nil}},
		}}},
	}
}

func encode(t testing.TB, s *State) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Encode(&b, s); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func decode(b []byte) (*State, error) { return Decode(bytes.NewReader(b), int64(len(b))) }

// What is written is read again as it was.
func TestRoundTrip(t *testing.T) {
	for name, s := range map[string]*State{"all": example(), "nothing": {}} {
		got, err := decode(encode(t, s))
		if diff := cmp.Diff(s, got); err != nil || diff != "" {
			t.Errorf("%s: %v, - written, + read\n%s", name, err, diff)
		}
	}
}

// A file that is cut anywhere, or in which any byte differs, is broken.
func TestBroken(t *testing.T) {
	whole := encode(t, example())
	for n := range whole {
		if _, err := decode(whole[:n]); err == nil {
			t.Errorf("read what is cut after %d bytes", n)
		}
		changed := bytes.Clone(whole)
		changed[n] ^= 1
		if _, err := decode(changed); err == nil {
			t.Errorf("read what differs in byte %d", n)
		}
	}
	if _, err := decode(append(bytes.Clone(whole), '\n')); err == nil {
		t.Error("read what has more at its end")
	}
}

// A file that is not used says why, and nothing of what is in it.
func TestNotAState(t *testing.T) {
	whole := string(encode(t, example()))
	for name, c := range map[string]struct{ text, want string }{
		"empty":           {"", "it is empty"},
		"something else":  {"timezone: UTC\nkpis: {}\n", "it is not a state of kpi_exporter"},
		"a later version": {strings.Replace(whole, "state 1\n", "state 2\n", 1), "another version of kpi_exporter wrote it"},
		"no end of line":  {"kpi_exporter state 1", "another version of kpi_exporter wrote it"},
		"half":            {whole[:len(whole)/2], "it is broken: its checksum does not fit"},
		"first line":      {"kpi_exporter state 1\n", "it is broken: its end is missing"},
	} {
		if _, err := decode([]byte(c.text)); err == nil || err.Error() != c.want {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
}

// FuzzDecode reads anything without harm, and what it reads it can write again. Half of the inputs get the right checksum, so
// that records are reached.
func FuzzDecode(f *testing.F) {
	whole := encode(f, example())
	f.Add(whole, false)
	f.Add(whole[:len(whole)-sealBytes], true)
	f.Add([]byte(magic+version+"\n"+`{"kpi":{"as_of":"9999-12-31T23:59:59Z"}}`+"\n"+`{"reading":null}`), true)
	f.Fuzz(func(t *testing.T, b []byte, sealed bool) {
		if sealed {
			b = sealOf(b)
		}
		s, err := decode(b)
		if err != nil {
			return
		}
		again, err := decode(encode(t, s))
		if diff := cmp.Diff(s, again); err != nil || diff != "" {
			t.Errorf("%v, - read, + written and read\n%s", err, diff)
		}
	})
}

// sealOf returns bytes with the checksum behind them.
func sealOf(b []byte) []byte {
	return fmt.Appendf(bytes.Clone(b), "%s%x\n", seal, sha256.Sum256(b))
}
