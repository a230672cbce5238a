package analysis

import (
	"math"
	"math/rand/v2"
	"testing"
)

func product(x []float64) (float64, bool) {
	result := 1.0
	for _, v := range x {
		result *= v
	}
	return result, true
}

func margin(x []float64) (float64, bool) { return (x[0] - x[1]) / x[0], x[0] != 0 }

func TestShapley(t *testing.T) {
	for name, test := range map[string]struct {
		formula       func([]float64) (float64, bool)
		before, after []float64
		want          []float64
		reason        Reason
	}{
		"C1, visitors, conversion, order value": {product, []float64{1000, 0.05, 50}, []float64{1200, 0.04, 55}, []float64{1415. / 3, -1735. / 3, 740. / 3}, ""},
		"C2, a margin":                          {margin, []float64{100, 30}, []float64{120, 42}, []float64{0.06, -0.11}, ""},
		"one operand of two changed":            {margin, []float64{100, 30}, []float64{100, 40}, []float64{0, -0.1}, ""},
		"nothing changed":                       {margin, []float64{100, 30}, []float64{100, 30}, []float64{0, 0}, ""},
		"six changed":                           {product, []float64{1, 1, 1, 1, 1, 1}, []float64{2, 2, 2, 2, 2, 2}, []float64{10.5, 10.5, 10.5, 10.5, 10.5, 10.5}, ""},
		"six changed, one did not":              {product, []float64{1, 1, 1, 3, 1, 1, 1}, []float64{2, 2, 2, 3, 2, 2, 2}, []float64{31.5, 31.5, 31.5, 0, 31.5, 31.5, 31.5}, ""},
		"seven changed":                         {product, make([]float64, 7), []float64{1, 1, 1, 1, 1, 1, 1}, nil, TooManyOperands},
		"a division by zero on the way":         {margin, []float64{0, 30}, []float64{100, 40}, nil, NoValue},
		"a result that is not a number":         {func(x []float64) (float64, bool) { return math.Sqrt(x[0]), true }, []float64{-1}, []float64{1}, nil, NoValue},
		"a result that is beyond any number":    {product, []float64{1e200, 1}, []float64{1e200, 1e200}, nil, NoValue},
	} {
		t.Run(name, func(t *testing.T) {
			got, reason := Shapley(test.formula, test.before, test.after)
			if reason != test.reason || len(got) != len(test.want) {
				t.Fatalf("%v %q, want %v %q", got, reason, test.want, test.reason)
			}
			for i := range got {
				if math.Abs(got[i]-test.want[i]) > 1e-9 {
					t.Errorf("operand %d: %v, want %v", i, got[i], test.want[i])
				}
			}
		})
	}
}

// TestShapleyProperties checks on random numbers that the amounts sum to the change, that operands which play the same part
// get the same amount, and that one which does not matter gets none.
func TestShapleyProperties(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	formula := func(x []float64) (float64, bool) { return (x[0] + x[1]) * x[2] / (1 + x[3]*x[3]), true } // x[4] does not matter.
	for range 500 {
		before, after := make([]float64, 5), make([]float64, 5)
		for i := range before {
			before[i], after[i] = 10*random.NormFloat64(), 10*random.NormFloat64()
		}
		before[1], after[1] = before[0], after[0]
		amounts, reason := Shapley(formula, before, after)
		if reason != "" {
			t.Fatal(reason)
		}
		from, _ := formula(before)
		to, _ := formula(after)
		sum := 0.0
		for _, a := range amounts {
			sum += a
		}
		if math.Abs(sum-(to-from)) > 1e-9*(1+math.Abs(to)+math.Abs(from)) {
			t.Fatalf("the amounts sum to %v, want %v", sum, to-from)
		}
		if math.Abs(amounts[0]-amounts[1]) > 1e-9*(1+math.Abs(amounts[0])) || amounts[4] != 0 {
			t.Fatalf("amounts %v", amounts)
		}
	}
}
