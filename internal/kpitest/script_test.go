package kpitest

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestScriptFit(t *testing.T) {
	const schema = "mine"
	for _, tc := range []struct{ name, text, inDatabase, inSchema string }{
		{"plain", "CREATE TABLE t (x int);", "CREATE TABLE t (x int);", "CREATE TABLE t (x int);"},
		{"psql's lines", "\\restrict k\nSELECT 1;\n  \\unrestrict k\n", "\nSELECT 1;\n\n", "\nSELECT 1;\n\n"},
		{"a backslash in a string", "SELECT '\n\\x';", "SELECT '\n\\x';", "SELECT '\n\\x';"},
		{"owners and rights", "ALTER TABLE public.t OWNER TO me;\nGRANT ALL ON public.t TO you;\nREVOKE ALL ON t FROM PUBLIC;\nSELECT 1;", ";\n;\n;\nSELECT 1;", ";\n;\n;\nSELECT 1;"},
		{"names", "CREATE TABLE public.t (x public.mood, y \"public\".z);", "CREATE TABLE public.t (x public.mood, y \"public\".z);", "CREATE TABLE mine.t (x mine.mood, y mine.z);"},
		{"a sequence in a string", "SELECT nextval('public.s'::regclass);", "SELECT nextval('public.s'::regclass);", "SELECT nextval('mine.s'::regclass);"},
		{"the body of a function", "CREATE FUNCTION f() AS $$ SELECT public.g(); $$;", "CREATE FUNCTION f() AS $$ SELECT public.g(); $$;", "CREATE FUNCTION f() AS $$ SELECT mine.g(); $$;"},
		{"other words", "SELECT republic.x, 'in public.', public FROM republic; -- public.", "SELECT republic.x, 'in public.', public FROM republic; -- public.", "SELECT republic.x, 'in public.', public FROM republic; -- public."},
		{"comments", "/* GRANT; /* */ */ SELECT 1; -- REVOKE;\n", "/* GRANT; /* */ */ SELECT 1; -- REVOKE;\n", "/* GRANT; /* */ */ SELECT 1; -- REVOKE;\n"},
		{"an escaped quote", `SELECT E'\'; GRANT x'; SELECT 2;`, `SELECT E'\'; GRANT x'; SELECT 2;`, `SELECT E'\'; GRANT x'; SELECT 2;`},
		{
			"a body with semicolons", "CREATE FUNCTION f() BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; GRANT; END; SELECT 1;",
			"CREATE FUNCTION f() BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; GRANT; END; SELECT 1;", "CREATE FUNCTION f() BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; GRANT; END; SELECT 1;",
		},
		{"the schema itself", "CREATE SCHEMA public; COMMENT ON SCHEMA public IS 'x';", ";;", ";;"},
		{"an older server", "SET transaction_timeout = 0; SET lock_timeout = 0;", "; SET lock_timeout = 0;", "; SET lock_timeout = 0;"},
		{"never ends", "SELECT 'x", "SELECT 'x", "SELECT 'x"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := readScript(tc.text)
			for in, want := range map[string]string{"": tc.inDatabase, schema: tc.inSchema} {
				got := s.fit(in, nil)
				if strings.Count(got, "\n") != strings.Count(tc.text, "\n") {
					t.Errorf("lines have moved: %q", got)
				}
				var lines []string
				for line := range strings.Lines(got) {
					end := ""
					if strings.HasSuffix(line, "\n") {
						end = "\n"
					}
					lines = append(lines, strings.ReplaceAll(strings.TrimSpace(line), "  ", "")+end)
				}
				squeeze := func(text string) string {
					return strings.Join(strings.FieldsFunc(text, func(r rune) bool { return r == ' ' }), " ")
				}
				if diff := cmp.Diff(squeeze(want), squeeze(strings.Join(lines, ""))); diff != "" {
					t.Errorf("schema %q: %s", in, diff)
				}
			}
		})
	}
}

func TestScriptRefused(t *testing.T) {
	for text, want := range map[string]string{
		"SELECT 1;\nCREATE ROLE x;":              "line 2: CREATE ROLE",
		"drop user x":                            "line 1: DROP USER",
		"ALTER SYSTEM SET x = 1":                 "line 1: ALTER SYSTEM",
		"CREATE DATABASE x":                      "line 1: CREATE DATABASE",
		"CREATE USER MAPPING FOR x SERVER y":     "",
		"COPY t (a) FROM stdin;\n1\n\\.\n":       "line 1: COPY",
		"COPY t FROM PROGRAM 'ls'":               "line 1: COPY",
		"SELECT 'CREATE ROLE x'; -- DROP ROLE":   "",
		"CREATE TABLE role (x int)":              "",
		"DO $$ BEGIN EXECUTE 'SELECT 1'; END $$": "",
	} {
		line, why := readScript(text).refused()
		got := ""
		if why != "" {
			got = "line " + string(rune('0'+line)) + ": " + why
		}
		if !strings.HasPrefix(got, want) || want == "" && got != "" {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func FuzzScript(f *testing.F) {
	for _, seed := range []string{"", "SELECT 1;", "\\x\n", "$a$ public. $a$", "'public.", "/*/**/", "E'\\", "\"public\".x", "BEGIN ATOMIC; END"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s := readScript(text)
		if got := s.fit("", nil); len(got) != len(text) || strings.Count(got, "\n") != strings.Count(text, "\n") {
			t.Errorf("%q became %q", text, got)
		}
		_ = s.fit("mine", nil)
		_, _ = s.refused()
		_, _, _ = s.transactions()
	})
}
