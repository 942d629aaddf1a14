// Package handles opens database handles in loops, all in the same way.
package handles

import (
	"database/sql"
	"fmt"
	"regexp"
	"strconv"
)

// Sum adds up what the queries find.
func Sum(driver, dsn string, queries []string) (int, error) {
	total := 0
	for _, query := range queries {
		db, err := sql.Open(driver, dsn)
		if err != nil {
			return 0, fmt.Errorf("open %s: %w", driver, err)
		}
		defer db.Close()
		var n int
		if err := db.QueryRow(query).Scan(&n); err != nil {
			return total, err
		}
		total += n
	}
	return total, nil
}

// Each asks every query of every row, and goes on with the next row where one fails.
func Each(driver, dsn string, rows [][]string, found func(int)) (failed int, err error) {
rows:
	for _, row := range rows {
		for _, query := range row {
			db, openErr := sql.Open(driver, dsn)
			if openErr != nil {
				return 0, openErr
			}
			defer func() {
				_ = db.Close()
			}()
			var n int
			result := db.QueryRow(query)
			err = result.Scan(&n)
			if err != nil {
				failed++
				continue rows
			}
			found(n)
		}
	}
	return failed, nil
}

// Copy asks one database and tells the other.
func Copy(driver, from, to string, queries []string) error {
	_, err := strconv.Atoi(from)
	for _, query := range queries {
		source, err := sql.Open(driver, from)
		if err != nil {
			return err
		}
		defer source.Close()
		var n int
		if err := source.QueryRow(query).Scan(&n); err != nil {
			return err
		}
		target, targetErr := sql.Open(driver, to)
		if targetErr != nil {
			return targetErr
		}
		defer target.Close()
		if _, err := target.Exec(fmt.Sprint("put ", n)); err != nil {
			return err
		}
	}
	if err == nil {
		return fmt.Errorf("%q was taken for nothing", from)
	}
	return nil
}

var word = regexp.MustCompile(`[a-z]+`)

// Words counts the lines that begin with the name of a number.
func Words(driver, dsn string, lines []string) (int, error) {
	count := 0
	for _, line := range lines {
		word := word.FindString(line)
		db, err := sql.Open(driver, dsn)
		if err != nil {
			return 0, err
		}
		defer db.Close()
		if err := db.QueryRow(word).Scan(new(int)); err == nil {
			count++
		}
	}
	return count, nil
}
