package locks

import (
	"slices"
	"testing"
)

func accounts() []*Account {
	return []*Account{
		{Name: "a", Balance: 10},
		{Name: "b", Balance: 20, Frozen: true},
		{Name: "c", Balance: 5},
		{Name: "d", Balance: 40},
	}
}

// checkFree fails if a lock is still held.
func checkFree(t *testing.T, accounts []*Account) {
	t.Helper()
	for _, a := range accounts {
		if !a.Mu.TryLock() {
			t.Errorf("%s is still locked", a.Name)
			continue
		}
		a.Mu.Unlock()
	}
}

func TestTotal(t *testing.T) {
	as := accounts()
	if total := Total(as); total != 55 {
		t.Errorf("got %d", total)
	}
	checkFree(t, as)
}

func TestCharge(t *testing.T) {
	as := accounts()
	if n, err := Charge(as, 5); n != 3 || err != nil {
		t.Errorf("got %d, %v", n, err)
	}
	checkFree(t, as)
	if n, err := Charge(as, 5); n != 1 || err != ErrOverdrawn {
		t.Errorf("got %d, %v", n, err)
	}
	checkFree(t, as)
	if as[0].Balance != 0 || as[1].Balance != 20 || as[2].Balance != 0 || as[3].Balance != 35 {
		t.Errorf("got %d %d %d %d", as[0].Balance, as[1].Balance, as[2].Balance, as[3].Balance)
	}
}

func TestFreeze(t *testing.T) {
	as := accounts()
	Freeze(as, "c")
	checkFree(t, as)
	if !as[0].Frozen || !as[2].Frozen || as[3].Frozen {
		t.Error("the wrong accounts are frozen")
	}
	Freeze(as, "none")
	checkFree(t, as)
	if !as[3].Frozen {
		t.Error("stopped early")
	}
}

func TestLookup(t *testing.T) {
	as := accounts()
	if balance, ok := Lookup(as, "c"); balance != 5 || !ok {
		t.Errorf("got %d, %t", balance, ok)
	}
	checkFree(t, as)
	if balance, ok := Lookup(as, "none"); balance != 0 || ok {
		t.Errorf("got %d, %t", balance, ok)
	}
	checkFree(t, as)
}

func TestTable(t *testing.T) {
	table := &Table{Rows: []*Row{{Cells: []int{1, 2}}, {Cells: []int{-1, 3}}, {Cells: []int{4, 3}}, {Cells: []int{3}}}}
	free := func() {
		t.Helper()
		for i, r := range table.Rows {
			if !r.Mu.TryLock() {
				t.Errorf("row %d is still locked", i)
				continue
			}
			r.Mu.Unlock()
		}
	}
	if row, column, found := table.Search(3); row != 2 || column != 1 || !found {
		t.Errorf("got %d, %d, %t", row, column, found)
	}
	free()
	if row, column, found := table.Search(9); row != 0 || column != 0 || found {
		t.Errorf("got %d, %d, %t", row, column, found)
	}
	free()
	if n := table.Double(); n != 7 || !slices.Equal(table.Rows[2].Cells, []int{8, 6}) {
		t.Errorf("got %d, %v", n, table.Rows[2].Cells)
	}
	free()
}
