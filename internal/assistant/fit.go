package assistant

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"
)

const (
	maxAnswer = 16 << 10 // Bytes of an answer as it is sent: a text within JSON-RPC.
	envelope  = 500      // Bytes of JSON-RPC around the text, at most.
	maxString = 2000     // Bytes of one text in an answer.
)

// fitted writes a document so that it is sent in less than maxAnswer bytes: texts are cut, and where that is not enough the ends of its longest lists.
// "more" says what was left out, by the place of the list.
func fitted(doc map[string]any) (string, error) {
	cutTexts(doc)
	left := map[string]any{}
	for {
		if len(left) > 0 {
			doc["more"] = left
		}
		text, err := encoded(doc)
		if err != nil {
			return "", err
		}
		sent, err := json.Marshal(text) // As the SDK sends it: quotes and ends of lines take another byte each, < and > five.
		if err != nil || len(sent)+envelope < maxAnswer {
			return text, err
		}
		longest := longestList(doc, "", nil)
		if longest == nil {
			return "", fmt.Errorf("the answer is longer than %d bytes", maxAnswer)
		}
		list := longest.list
		keep := len(list) / 2
		if over := (len(sent) + envelope - maxAnswer + 500) * len(text) / len(sent); over < longest.size { // About what is too much, and room to say so.
			keep = min(len(list)-1, max(keep, len(list)-over*len(list)/longest.size-1))
		}
		before, _ := left[longest.place].(int)
		left[longest.place] = before + len(list) - keep
		longest.set(list[:keep])
	}
}

func encoded(v any) (string, error) {
	var text strings.Builder
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return strings.TrimSuffix(text.String(), "\n"), err
}

// cutTexts cuts the long texts of a document.
func cutTexts(v any) any {
	switch v := v.(type) {
	case string:
		return cut(v)
	case []any:
		for i := range v {
			v[i] = cutTexts(v[i])
		}
	case map[string]any:
		for key := range v {
			v[key] = cutTexts(v[key])
		}
	}
	return v
}

// cut cuts a long text.
func cut(text string) string {
	if len(text) <= maxString {
		return text
	}
	begin := text[:maxString]
	for !utf8.ValidString(begin) && len(begin) > maxString-utf8.UTFMax {
		begin = begin[:len(begin)-1]
	}
	return begin + " … (more)"
}

// longList is a list in a document.
type longList struct {
	place string // The keys that lead to it: "kpis[churn].samples", and "[]" where elements have no name.
	list  []any
	size  int // As JSON.
	set   func([]any)
}

// longestList returns the list that takes most, of those with elements. Of one within another it is the outer one, unless the inner
// one takes more than half of that.
func longestList(v any, place string, set func([]any)) *longList {
	var longest *longList
	consider := func(one *longList) {
		if one != nil && (longest == nil || one.size > longest.size) {
			longest = one
		}
	}
	switch v := v.(type) {
	case []any:
		if len(v) == 0 || set == nil {
			return nil
		}
		for _, one := range v {
			consider(longestList(one, place+"["+nameOf(one)+"]", nil))
		}
		if text, _ := encoded(v); longest == nil || 2*longest.size <= len(text) {
			return &longList{place, v, len(text), set}
		}
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			if key == "more" && place == "" {
				continue
			}
			at := strings.TrimPrefix(place+"."+key, ".")
			consider(longestList(v[key], at, func(list []any) { v[key] = list }))
		}
	}
	return longest
}

// nameOf returns the KPI that an element of a list is about, "" if it does not say.
func nameOf(v any) string {
	doc, _ := v.(map[string]any)
	name, _ := doc["kpi"].(string)
	return name
}
