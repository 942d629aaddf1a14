// Package rows runs queries in loops and defers closing their rows and statements.
package rows

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// ErrTooMany is returned where a table holds more rows than asked for.
var ErrTooMany = errors.New("too many rows")

// Sums adds up the numbers of each table.
func Sums(ctx context.Context, db *sql.DB, tables []string) (map[string]int, error) {
	sums := make(map[string]int)
	for _, table := range tables {
		rows, err := db.QueryContext(ctx, table)
		if err != nil {
			return nil, fmt.Errorf("query %s: %w", table, err)
		}
		defer rows.Close()

		for rows.Next() {
			var n int
			if err := rows.Scan(&n); err != nil {
				return nil, err
			}
			sums[table] += n
		}
		if err := rows.Err(); err != nil {
			return nil, err
		}
	}
	return sums, nil
}

// Holds tells which table holds the number first.
func Holds(ctx context.Context, db *sql.DB, tables []string, number int) (table string, ok bool, err error) {
	for _, table := range tables {
		rows, err := db.QueryContext(ctx, table)
		if err != nil {
			return "", false, err
		}
		defer rows.Close()

		for rows.Next() {
			var n int
			if err := rows.Scan(&n); err != nil {
				return "", false, err
			}
			if n == number {
				return table, true, nil
			}
		}
	}
	return
}

// Limit fails if a table holds more than limit rows; tables that do not exist are left out.
func Limit(ctx context.Context, db *sql.DB, tables []string, limit int) (checked int, err error) {
	for _, table := range tables {
		stmt, prepareErr := db.PrepareContext(ctx, table)
		if prepareErr != nil {
			continue
		}
		defer stmt.Close()
		rows, queryErr := stmt.QueryContext(ctx)
		if queryErr != nil {
			return checked, queryErr
		}
		defer rows.Close()

		count := 0
		for rows.Next() {
			if count++; count > limit {
				err = fmt.Errorf("%s: %w", table, ErrTooMany)
				return
			}
		}
		checked++
	}
	return checked, nil
}
