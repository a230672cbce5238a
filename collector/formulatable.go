package collector

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"math/big"
	"slices"
	"strings"
)

// table holds the values of a term, by label set.
type table struct {
	labeled bool // Else it has at most one row, which joins with every label set.
	rank    rank
	rows    map[string]tableRow
	rest    cell // For every label set without a row.

	unread     map[string]string // Why some databases have no rows, which zero does not fill in.
	databaseAt int               // The place of the label database, where there are such.
}

// rank is what a table holds. When two are combined, the lower rank determines the label sets; with equal ranks, both do.
type rank int

const (
	rankPresent rank = iota
	rankEarlier      // Values of an earlier period.
	rankZero         // Zero where there is no row.
	rankNumber       // That stands in the formula.
)

// tableRow is the cell of one label set.
type tableRow struct {
	labels []string
	cell
}

// cell is a value: nil where there is none. No number is changed once it is in a cell.
type cell struct {
	value *big.Rat
	why   []string // The reasons why there is none, each once.
}

func noValue(why ...string) cell { return cell{nil, why} }

func (c cell) missing() bool { return c.value == nil }

func (t table) at(key string) cell {
	if !t.labeled {
		key = ""
	}
	if r, ok := t.rows[key]; ok {
		return r.cell
	}
	if len(t.unread) > 0 && t.labeled {
		if why, ok := t.unread[strings.Split(key, labelSeparator)[t.databaseAt]]; ok {
			return noValue(why)
		}
	}
	return t.rest
}

// elsewhere returns what the table has for a label set without a row in any table.
func (t table) elsewhere() cell {
	if !t.labeled {
		return t.at("")
	}
	return t.rest
}

// each returns the table with f applied to every cell.
func (t table) each(f func(cell) cell) table {
	rows := make(map[string]tableRow, len(t.rows))
	for key, r := range t.rows {
		rows[key] = tableRow{r.labels, f(r.cell)}
	}
	t.rows, t.rest = rows, f(t.rest)
	return t
}

// then returns the table with more words for why values are missing: "" leaves them.
func (t table) then(words string) table {
	if words == "" {
		return t
	}
	return t.each(func(c cell) cell {
		why := make([]string, len(c.why))
		for i, reason := range c.why {
			why[i] = reason + " " + words
		}
		return cell{c.value, why}
	})
}

// combine joins two tables on equal label sets.
func combine(x, y table, f func(x, y *big.Rat) *big.Rat) table {
	sides := []table{x, y}
	if x.labeled || y.labeled {
		sides = slices.DeleteFunc(sides, func(t table) bool { return !t.labeled })
	}
	leading := slices.MinFunc(sides, func(a, b table) int { return cmp.Compare(a.rank, b.rank) }).rank
	all := table{labeled: x.labeled || y.labeled, rank: leading, rows: map[string]tableRow{}}
	all.unread, all.databaseAt = maps.Clone(x.unread), max(x.databaseAt, y.databaseAt)
	if all.unread == nil {
		all.unread = map[string]string{}
	}
	maps.Copy(all.unread, y.unread)
	for _, side := range sides {
		if side.rank != leading {
			continue
		}
		for key, r := range side.rows {
			all.rows[key] = tableRow{r.labels, apply(x.at(key), y.at(key), f)}
		}
	}
	all.rest = apply(x.elsewhere(), y.elsewhere(), f)
	return all
}

// apply returns f of two cells, or why it has no value.
func apply(x, y cell, f func(x, y *big.Rat) *big.Rat) cell {
	if x.missing() || y.missing() {
		why := slices.Clone(x.why)
		for _, reason := range y.why {
			if !slices.Contains(why, reason) {
				why = append(why, reason)
			}
		}
		return noValue(why...)
	}
	if v := f(x.value, y.value); v != nil {
		return cell{value: v}
	}
	return noValue("the divisor is 0")
}

// meanOf returns the mean of tables of this period and those before it. It has the label sets of the first, or of all where
// there are zeros.
func meanOf(tables []table) table {
	unread := map[string]string{}
	for i := range tables {
		tables[i] = tables[i].then(periodsBefore(i))
		maps.Copy(unread, tables[i].unread)
	}
	mean := func(of func(table) cell) cell {
		sum := new(big.Rat)
		for _, t := range tables {
			c := of(t)
			if c.missing() {
				return c
			}
			sum.Add(sum, c.value)
		}
		return cell{value: sum.Quo(sum, big.NewRat(int64(len(tables)), 1))}
	}
	all := tables[0]
	all.rows, all.unread = map[string]tableRow{}, unread
	for i, t := range tables {
		if i > 0 && all.rank != rankZero {
			break
		}
		for key, r := range t.rows {
			all.rows[key] = tableRow{r.labels, mean(func(t table) cell { return t.at(key) })}
		}
	}
	all.rest = mean(table.elsewhere)
	return all
}

// periodsBefore puts into words how many periods before this one something is.
func periodsBefore(n int) string {
	switch n {
	case 0:
		return ""
	case 1:
		return "one period before"
	}
	return fmt.Sprintf("%d periods before", n)
}

// overflows reports whether a value is larger than a float64 can be.
func (t table) overflows() bool {
	for _, r := range t.rows {
		if r.missing() || r.value.Num().BitLen()-r.value.Denom().BitLen() < 1023 {
			continue
		}
		if v, _ := r.value.Float64(); math.IsInf(v, 0) {
			return true
		}
	}
	return false
}
