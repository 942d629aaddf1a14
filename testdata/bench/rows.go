package bench

import "database/sql"

// Rows asks for the name of each item; what comes behind the first row is left unread.
func Rows(db *sql.DB, ids []int) (names []string, _ error) {
	for _, id := range ids {
		rows, err := db.Query("select name from items where id >= ?", id)
		if err != nil {
			return nil, err
		}
		defer rows.Close()
		var name string
		if rows.Next() {
			if err := rows.Scan(&name); err != nil {
				return nil, err
			}
		}
		names = append(names, name)
	}
	return names, nil
}
