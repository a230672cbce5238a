package backfill

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestJobFingerprint loads the same job again and again: whatever changes what is written changes the fingerprint, and nothing else.
func TestJobFingerprint(t *testing.T) {
	of := func(kpis string, change func(*Job)) string {
		j := job(t, load(t, kpis), "2026-01-01T00:00:00+01:00", "2026-01-04T00:00:00+01:00")
		if change != nil {
			change(&j)
		}
		j.Ranges = j.Ranges[:1]
		return j.fingerprint()
	}
	first := of(days, nil)
	for name, tc := range map[string]struct {
		kpis    string
		change  func(*Job)
		changes bool
	}{
		"another process": {days, nil, false},
		"a comment":       {"# A line more.\n" + days, nil, false},
		"another KPI":     {days + "  more: {title: More, period: day, query: SELECT 1 AS value}\n", nil, false},
		"when it began":   {days, func(j *Job) { j.Now = j.Now.AddDate(0, 0, 1) }, false},
		"the definition":  {strings.Replace(days, "period: day", "period: week", 1), nil, true},
		"a label of info": {strings.Replace(days, "title: Days", "title: Other", 1), nil, true},
		"a decision":      {days + "decisions: [{date: 2026-01-02, text: A campaign, kpis: [days]}]\n", nil, true},
		"sparse":          {days, func(j *Job) { j.Sparse = true }, true},
		"labels":          {days, func(j *Job) { j.Labels = nil }, true},
		"the step":        {days, func(j *Job) { j.Ranges[0].Step.Days = 2 }, true},
		"the range":       {days, func(j *Job) { j.Ranges[0].To = j.Ranges[0].To.AddDate(0, 0, 1) }, true},
	} {
		if got := of(tc.kpis, tc.change) != first; got != tc.changes {
			t.Errorf("%s: changes the fingerprint: %t, want %t", name, got, tc.changes)
		}
	}
}

// TestStateOfAnotherVersion leaves a state with a fingerprint that no job of this version has.
func TestStateOfAnotherVersion(t *testing.T) {
	f := File{Path: filepath.Join(t.TempDir(), "history.om")}
	for path, text := range map[string]string{f.partial(): "a 1\n", f.state(): `{"fingerprint":"1","bytes":4}`} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	j := job(t, load(t, days), "2026-01-01T00:00:00+01:00", "2026-01-04T00:00:00+01:00")
	const want = "history.om.partial belongs to a backfill with other arguments, other definitions of its KPIs or another version of kpi_exporter: use --force to start over"
	if _, err := f.begin(j.fingerprint(), j.Now); err == nil || !strings.HasSuffix(err.Error(), want) {
		t.Errorf("got %v, want %q", err, want)
	}
	f.Force = true
	if s, err := f.begin(j.fingerprint(), j.Now); err != nil || s.Bytes != 0 {
		t.Errorf("with force: %+v, %v; want a new state", s, err)
	}
}

// A device or a folder is not replaced by a file, not even with --force: root could do so.
func TestOutputThatIsNoFile(t *testing.T) {
	j := job(t, load(t, days), "2026-01-01T00:00:00+01:00", "2026-01-04T00:00:00+01:00")
	for _, path := range []string{os.DevNull, t.TempDir()} {
		if _, err := (File{Path: path, Force: true}).begin(j.fingerprint(), j.Now); err == nil || err.Error() != path+" is not a regular file: name another one" {
			t.Errorf("%s: %v", path, err)
		}
	}
}
