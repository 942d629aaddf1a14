package bench

import (
	"database/sql"
	"io"
	"net/http"
)

// Handler answers with the names of all items that a request asks for. It opens the database for each of them.
func Handler(source string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		for _, id := range r.URL.Query()["id"] {
			db, err := sql.Open("sqlite", source)
			if err != nil {
				http.Error(w, err.Error(), http.StatusInternalServerError)
				return
			}
			defer db.Close()
			var name string
			if err := db.QueryRow("select name from items where id = ?", id).Scan(&name); err != nil {
				http.Error(w, err.Error(), http.StatusNotFound)
				return
			}
			io.WriteString(w, name+"\n")
		}
	}
}
