package sqltext

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"", ";", ";;", "SELECT 1; SELECT 2", "SELECT :x, :y, :x;", "SELECT :x::int ::text",
		"SELECT now()::date, '12:30'::time, arr[1:2], arr[a:b], arr[:a : :b], arr[:a:b:c]",
		"SELECT 'it''s :a', E'it\\'s :a'\n'\\'', \"a\"\":b\", `c``:d`, U&'\\0061'",
		"SELECT $$a :b$$, $t$ $$ $t$, a$b$c, $1, $ $a, ?1", "-- :a\n/* /* :b */ */ SELECT :c -- d",
		"SELECT :日本, :x日本, arr[:größe]", "SELECT \xff", "SELECT \x00", "'", "\"", "`", "$$", "/*", "E'\\", "a:=:b", "a\\",
		"SELECT ARRAY[CASE WHEN :a THEN :b ELSE :c END] ? :d ?| :e @> :f", "[([:x:y])][:z]:z", "a:b", "\r--\r:x", "1.e:x",
		"WITH a (b) AS (SELECT *, x.y FROM t) SELECT CASE WHEN b BETWEEN :period_start AND :period_end THEN 1 END FROM a x UNION SELECT 1",
		"WITH RECURSIVE a AS (SELECT DISTINCT x, y FROM a), b AS (SELECT *, sum(n) / count(*) c FROM a GROUP BY x) SELECT x, count(*) value, amount FROM b GROUP BY 1",
		"SELECT sum(a) FILTER (WHERE at >= :period_start) OVER (ROWS 1) FROM t, (b JOIN c ON at <= :period_end) LEFT JOIN LATERAL f(1) x ON 1",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		ContinuesAfterHash(text, text) // Must not panic.
		statement, err := Parse(text)
		if err != nil {
			checkPlace(t, text, err)
			return
		}
		if sql := statement.SQL(); !strings.HasPrefix(text, sql) {
			t.Fatalf("SQL %q is not the beginning of %q", sql, text)
		}

		if commented, err := Parse("/* a */ " + text + "\n/* b */"); err != nil {
			t.Fatalf("with comments around it, %q is wrong: %v", text, err)
		} else if !readComment.MatchString(text) && commented.Plain() != statement.Plain() {
			t.Fatalf("comments are in the plain text of %q: %q", text, commented.Plain())
		}

		checkNames(t, text, statement)
		checkColumns(t, text, statement)
		checkRenamed(t, text, statement)
		checkValued(t, text, statement)

		// A line break ends whatever the text ends in.
		if _, err := Parse(statement.SQL() + "\n, :more"); err != nil {
			t.Fatalf("%q followed by text: %v", statement.SQL(), err)
		}
	})
}

// checkNames checks where the words and the parameters of a statement are. The parameters' own names give the text back.
func checkNames(t *testing.T, text string, statement *Statement) {
	same, names := statement.Render(func(_ int, name string) string { return ":" + name })
	if same != statement.SQL() {
		t.Fatalf("rendered with its own names, %q became %q", statement.SQL(), same)
	}
	for _, p := range statement.Parameters() {
		if !slices.Contains(names, p.Name) {
			t.Fatalf("the parameter %q of %q is not among the names %q", p.Name, text, names)
		}
		if got := textAt(text, p.Line, p.Column); !strings.HasPrefix(got, ":"+p.Name) {
			t.Fatalf("the parameter %q of %q is said to be at %q", p.Name, text, got)
		}
	}
	for _, w := range slices.Concat(statement.Words(), statement.Clocks()) {
		if got := textAt(text, w.Line, w.Column); !strings.HasPrefix(got, w.Text) {
			t.Fatalf("the word %q of %q is said to be at %q", w.Text, text, got)
		}
	}
}

// checkColumns checks the places of what is said about each word as the name of a column.
func checkColumns(t *testing.T, text string, statement *Statement) {
	for _, name := range append(texts(statement.Words()), "value") {
		_, summed, _ := statement.Summed(name, []string{"a", name})
		money, _ := statement.Money(name, true)
		for _, w := range append(statement.NullWithoutRows(name), Computed{Word: summed}, money) {
			if got := textAt(text, max(w.Line, 1), max(w.Column, 1)); !strings.HasPrefix(got, w.Word.Text) {
				t.Fatalf("%q of %q is said to be at %q", w.Word.Text, text, got)
			}
		}
		statement.SumsPerGroup(name, []string{name, "a"}) // Must not panic.
	}
	for _, w := range statement.NotHalfOpen() {
		if got := textAt(text, w.Line, w.Column); !strings.HasPrefix(got, w.Text) {
			t.Fatalf("%q of %q is said to be at %q", w.Text, text, got)
		}
	}
}

// checkRenamed checks that other names of parameters change nothing but the names.
func checkRenamed(t *testing.T, text string, statement *Statement) {
	_, names := statement.Render(func(_ int, name string) string { return ":" + name })
	renamed, _ := statement.Render(func(ordinal int, _ string) string { return fmt.Sprintf(":p%d", ordinal) })
	again, err := Parse(renamed)
	if err != nil {
		t.Fatalf("%q with other names, %q: %v", text, renamed, err)
	}
	back, _ := again.Render(func(ordinal int, _ string) string { return ":" + names[ordinal-1] })
	if back != statement.SQL() {
		t.Fatalf("%q with other names and back is %q", statement.SQL(), back)
	}
}

// checkValued checks that with values in their place no parameter is left, and every word that was there is there.
func checkValued(t *testing.T, text string, statement *Statement) {
	valued, _ := statement.Render(func(ordinal int, _ string) string { return fmt.Sprintf("(%d)", ordinal) })
	plain, err := Parse(valued)
	if err != nil {
		t.Fatalf("%q with values, %q: %v", text, valued, err)
	}
	if left := plain.Parameters(); len(left) > 0 {
		t.Fatalf("%q with values, %q, has the parameters %v", text, valued, left)
	}
	if diff := cmp.Diff(texts(statement.Words()), texts(plain.Words())); diff != "" {
		t.Fatalf("words of %q and of %q (-want +got):\n%s", text, valued, diff)
	}
}

// checkPlace fails unless err is an *Error whose place lies inside text.
func checkPlace(t *testing.T, text string, err error) {
	t.Helper()
	var fault *Error
	if !errors.As(err, &fault) {
		t.Fatalf("the error %q is a %T, want an *Error", err, err)
	}
	lines := strings.Split(text, "\n")
	if fault.Line < 1 || fault.Line > len(lines) {
		t.Fatalf("%q: %v, but the text has %d lines", text, err, len(lines))
	}
	width := utf8.RuneCountInString(lines[fault.Line-1])
	if fault.Column < 1 || fault.Column > max(width, 1) {
		t.Fatalf("%q: %v, but the line has %d characters", text, err, width)
	}
}

// textAt returns the text from a 1-based line and column on.
func textAt(text string, line, column int) string {
	rest := strings.Join(strings.Split(text, "\n")[line-1:], "\n")
	for range column - 1 {
		_, size := utf8.DecodeRuneInString(rest)
		rest = rest[size:]
	}
	return rest
}

func texts(words []Word) []string {
	all := make([]string, len(words))
	for i, w := range words {
		all[i] = w.Text
	}
	return all
}
