package demo

import (
	"math"
	"math/rand/v2"
	"time"
)

// The company is Larkspur, which sells shared notebooks to teams. This happened to it, in days before today.
const (
	founded      = 1100 // The first accounts. Three years, so that last year can be compared with the year before.
	tracked      = 790  // What people do in the product is known from here on.
	starterComes = 720  // The plan legacy can no longer be bought; who has it keeps it and its price.
	twoDeploys   = 240  // Production is deployed to twice a working day instead of once.
	priceRise    = 130  // New customers pay more from here on, the others from their next invoice on. Some leave.
	newSignUp    = 75   // A shorter sign-up form: more people sign up, fewer of them find their way and pay.
	launch       = 45   // Summaries are released, with a campaign.
	badWeekFirst = 18   // A migration goes wrong: deploys fail, people wait and complain.
	badWeekLast  = 12
)

const (
	second instant = 1
	minute         = 60 * second
	hour           = 60 * minute
	day            = 24 * hour
)

// story is what is known while the story unfolds.
type story struct {
	now    instant
	today  instant // Its midnight.
	rng    *rand.Rand
	tables tables
	mrr    [founded + 1]int64 // Cents a month that are being paid, by age in days.
}

type tables struct {
	accounts, users, subscriptions, invoices, payments, costs, features, sessions, events, employees, surveyResponses,
	sprints, workItems, deploys, changes *table
}

// tell writes everything that happened until now.
func tell(w *writer, now time.Time) {
	now = now.UTC()
	s := &story{
		now:   instant(now.Unix()),
		today: instant(time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, time.UTC).Unix()),
		rng:   rand.New(rand.NewPCG(2014, 7)),
		tables: tables{
			accounts:        w.table("accounts", 6),
			users:           w.table("users", 4),
			subscriptions:   w.table("subscriptions", 7),
			invoices:        w.table("invoices", 7),
			payments:        w.table("payments", 6),
			costs:           w.table("costs", 4),
			features:        w.table("features", 4),
			sessions:        w.table("sessions", 4),
			events:          w.table("events", 5),
			employees:       w.table("employees", 5),
			surveyResponses: w.table("survey_responses", 6),
			sprints:         w.table("sprints", 4),
			workItems:       w.table("work_items", 9),
			deploys:         w.table("deploys", 6),
			changes:         w.table("changes", 3),
		},
	}
	s.releaseFeatures()
	users := s.winCustomers()
	s.useProduct(users)
	s.spendMoney()
	s.runTeam()
	s.buildProduct()
	s.deployProduct()
}

// midnight returns the start of the day that is so many days before today.
func (s *story) midnight(age int) instant { return s.today - instant(age)*day }

// age returns how many days before today t is. It is negative for the days to come.
func (s *story) age(t instant) int {
	return int(math.Ceil(float64(s.today-t) / float64(day)))
}

// known returns t, or NULL if that is still to come.
func (s *story) known(t instant) any {
	if t > s.now {
		return nil
	}
	return t
}

// chance says yes with probability p.
func (s *story) chance(p float64) bool { return s.rng.Float64() < p }

// spread returns a number from 0 up to 1 for each n, in steps of an irrational number, so that they cover it evenly. Where a
// month has few cases, chance alone would tell a story of its own.
func spread(n int64, step float64) float64 {
	_, fraction := math.Modf(float64(n) * step)
	return fraction
}

// upTo returns a stretch of time shorter than d.
func (s *story) upTo(d instant) instant { return instant(s.rng.Int64N(int64(d))) }

// about returns a stretch of time, half of them shorter than the median and some of them much longer.
func (s *story) about(median instant, spread float64) instant {
	return instant(float64(median) * math.Exp(spread*s.rng.NormFloat64()))
}

// atWork returns a moment between 7:00 and 19:00 of a day, more often near its middle.
func (s *story) atWork(midnight instant) instant {
	return midnight + 7*hour + s.upTo(6*hour) + s.upTo(6*hour)
}

func (s *story) badWeek(age int) bool { return badWeekLast <= age && age <= badWeekFirst }

func weekend(t instant) bool {
	w := t.time().Weekday()
	return w == time.Saturday || w == time.Sunday
}

// busy returns how much is going on on a day, 1 being an ordinary Tuesday.
func (s *story) busy(midnight instant) float64 {
	t := midnight.time()
	b := [...]float64{time.Sunday: 0.15, 0.97, 1, 1, 0.97, 0.85, time.Saturday: 0.2}[t.Weekday()]
	switch month, dom := t.Month(), t.Day(); {
	case month == time.December && dom >= 20, month == time.January && dom <= 3:
		b *= 0.4
	case month == time.August:
		b *= 0.75
	}
	if s.badWeek(s.age(midnight)) {
		b *= 0.8
	}
	return b
}
