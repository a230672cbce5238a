package sqltext

import (
	"strings"
	"testing"
)

func TestMoney(t *testing.T) {
	for _, test := range []struct {
		sql, column string
		declared    bool
		want        string
	}{
		{"SELECT sum(profit) AS a, sum(amount) AS b FROM orders", "b", false, "sum(amount)"},
		{"SELECT coalesce(sum(amount_cents), 0) / 100.0 AS b FROM orders", "b", false, "sum(amount_cents)"},
		{"SELECT sum(o.unit_price * o.quantity) AS b FROM orders o", "b", false, "sum(o.unit_price * o.quantity)"},
		{"SELECT sum(UnitPrice * Quantity) AS b FROM orders", "b", false, "sum(UnitPrice * Quantity)"},
		{"SELECT sum(unitprice) AS b FROM orders", "b", false, "sum(unitprice)"},
		{`SELECT sum("Sales") AS b FROM orders`, "b", false, `sum("Sales")`},
		{"SELECT sum(amount) - sum(discount) AS b FROM orders", "b", false, "sum(amount)"},
		{"SELECT sum(CASE WHEN paid THEN price ELSE 0 END) AS b FROM orders", "b", false, "sum(CASE WHEN paid THEN price ELSE 0 END)"},
		{"SELECT avg(price) AS b FROM orders", "b", false, "avg(price)"},
		{"SELECT sum(x) AS revenue FROM orders", "revenue", false, "sum(x)"},
		{"WITH t AS (SELECT country, sum(x) AS revenue FROM orders GROUP BY 1) SELECT country, revenue AS b FROM t", "b", false, "sum(x)"},
		{"SELECT plan, revenue AS b FROM months", "b", false, "revenue"},
		{"SELECT sum(x) AS b FROM orders", "b", true, "sum(x)"},

		{"SELECT sum(total) AS b FROM invoices", "b", false, "sum(total)"},
		{`SELECT sum(i."Total") AS b FROM "Invoice" AS i`, "b", false, `sum(i."Total")`},
		{"SELECT count(*) AS b FROM orders", "b", false, ""},
		{"SELECT sum(total) AS b FROM calls", "b", false, ""},
		{"SELECT count(*) AS revenue FROM orders", "revenue", true, ""},
		{"SELECT count(amount) AS b FROM orders", "b", true, ""},
		{"SELECT count(DISTINCT price) AS prices FROM orders", "prices", false, ""},
		{"SELECT sum(CASE WHEN amount > 100 THEN 1 ELSE 0 END) AS b FROM orders", "b", false, ""},
		{"SELECT sum((amount > 0)::int) AS b FROM orders", "b", true, ""},
		{"SELECT sum(amount > 0) AS b FROM orders", "b", false, ""},
		{"SELECT sum(1) AS sales FROM orders", "sales", false, ""},
		{"SELECT sum(customers) AS b FROM months", "b", true, ""},
		{"SELECT sum(total_customers) AS b FROM months", "b", false, ""},
		{"SELECT sum(total) AS customers FROM months", "customers", false, ""},
		{"SELECT sum(quantity) AS sales FROM orders", "sales", false, ""},
		{"SELECT sum(x) AS b FROM orders", "b", false, ""},
		{"SELECT sum(amount) / avg(price) AS b FROM orders", "b", false, ""},
		{"SELECT sum(amount) AS a, count(*) AS b FROM orders", "b", false, ""},
		{"SELECT *, 1 FROM orders", "amount", false, ""},
		{"SELECT sum(seconds) AS b FROM sessions", "b", false, ""},
	} {
		t.Run(test.sql, func(t *testing.T) {
			statement, err := Parse(test.sql)
			if err != nil {
				t.Fatal(err)
			}
			got, found := statement.Money(test.column, test.declared)
			if got.Text != test.want || found != (test.want != "") {
				t.Errorf("got %q, %t, want %q", got.Text, found, test.want)
			}
		})
	}
}

func TestIsMoney(t *testing.T) {
	for want, names := range map[bool]string{
		true: "amount amount_cents amount_eur AmountDue revenue_total total_revenue gross_revenue revenue_net net_sales unit_price UnitPrice unitprice " +
			"price_per_seat cost_of_goods sum_of_fees subtotal payroll premiums capex opex fare rent cash proceeds order_value invoice_total deal_size " +
			"contract_value tax vat_amount fees_paid mrr ARR salary",
		false: "total total_calls total_minutes total_requests total_time total_score total_weight gross_weight gross net value tax_returns " +
			"fee_paying_members cost_centers costs_checked balance_checks price_changes expense_reports billing_runs sales_reps wage_earners " +
			"income_households amount_of_tests spent_seconds spend_minutes time_spent minutes_spent passed done refunded order_count orders users_paid",
	} {
		for name := range strings.FieldsSeq(names) {
			if got := isMoney(name); got != want {
				t.Errorf("%s: %t, want %t", name, got, want)
			}
		}
	}
}
