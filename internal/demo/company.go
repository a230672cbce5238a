package demo

import "math"

// spendMoney books the costs of every day. They follow what comes in; the young company spends more than that.
func (s *story) spendMoney() {
	for age := founded; age >= 0; age-- {
		at := s.midnight(age) + 6*hour
		if at > s.now {
			continue
		}
		perDay := float64(s.mrr[age]) * 12 / 365
		marketing, development := 0.25, 0.27+0.14*float64(age)/365
		if launch-15 <= age && age <= launch+15 {
			marketing *= 1.4
		}
		for _, c := range [...]struct {
			category string
			share    float64
		}{{"cogs", 0.2}, {"sales_marketing", marketing}, {"r_and_d", development}, {"g_and_a", 0.12}} {
			cents := perDay * c.share * (0.95 + 0.1*s.rng.Float64())
			s.tables.costs.add(c.category, int64(math.Round(cents)), at)
		}
	}
}

// leavers are the days before today on which somebody left.
var leavers = [...]int{520, 250, 33}

const (
	employees = 16
	askedEach = 88 // Days.
	askedLast = 9  // Days before today: in the bad week's wake.
)

var teams = [...]string{"app", "platform", "sales", "support"}

// runTeam hires people, lets some of them go, and asks everybody how it is each quarter.
func (s *story) runTeam() {
	type stay struct{ hired, left int } // Days before today; left is -1 for whoever is still there.
	stays := make([]stay, employees)
	for i := range stays {
		stays[i] = stay{hired: founded + 5 - 64*i, left: -1}
		if i%5 == 2 && i/5 < len(leavers) {
			stays[i].left = leavers[i/5]
		}
		var left, kind any
		if stays[i].left >= 0 {
			left, kind = s.midnight(stays[i].left)+17*hour, "voluntary"
			if i%2 == 0 {
				kind = "involuntary"
			}
		}
		s.tables.employees.add(teams[i%len(teams)], s.midnight(stays[i].hired)+9*hour, left, kind)
	}

	scores := [...]int{9, 8, 10, 7, 9, 6, 8, 9, 7, 8}
	for round := askedLast + 11*askedEach; round > 0; round -= askedEach {
		for i, e := range stays {
			if e.hired > round && e.left < round && i%7 != 6 { // Some never answer.
				score := scores[(i+round/askedEach)%len(scores)]
				if round == askedLast && i%5 == 0 {
					score -= 2
				}
				at := s.midnight(round) + 9*hour + s.upTo(8*hour)
				s.tables.surveyResponses.add("enps", nil, int64(i+1), score, at)
			}
		}
	}
}
