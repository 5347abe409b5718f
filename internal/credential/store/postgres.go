package store

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// postgresRecords looks records up in a PostgreSQL server: one row by its primary
// key, with a statement that each connection prepares once.
type postgresRecords struct {
	pool  *pgxpool.Pool
	query string // reads a record
	taken string // takes a key back
	*Dialer
}

var _ backend = (*postgresRecords)(nil)

// The columns of a table of records, in the order of postgresColumns.
const postgresTable = ` (
	id bigint NOT NULL, digest bytea NOT NULL, hash text NOT NULL, expires bigint NOT NULL, scopes integer NOT NULL,
	status smallint NOT NULL, subject text NOT NULL, tenant text NOT NULL)`

var postgresColumns = []string{"id", "digest", "hash", "expires", "scopes", "status", "subject", "tenant"}

// postgresConfig is that of every pool of connections to the server of a place.
func postgresConfig(p Place, d *Dialer) (*pgxpool.Config, error) {
	c, err := pgxpool.ParseConfig(p.URL)
	if err != nil {
		// The error may quote the URL, and with it the password.
		return nil, errors.New("it has no URL such as postgres://user@127.0.0.1:5432/name")
	}
	c.MaxConns = int32(max(1, p.Pool))
	c.ConnConfig.ConnectTimeout = LookupTime
	// On loopback nobody listens in, and encryption would be the price of TLS.
	c.ConnConfig.TLSConfig, c.ConnConfig.Fallbacks = nil, nil
	c.ConnConfig.DialFunc = d.Dial
	return c, nil
}

func openPostgres(p Place) (backend, error) {
	d := &Dialer{Latency: p.Latency}
	c, err := postgresConfig(p, d)
	if err != nil {
		return nil, err
	}
	pool, err := pgxpool.NewWithConfig(context.Background(), c)
	if err != nil {
		return nil, err
	}
	query := "SELECT " + strings.Join(postgresColumns[1:], ", ") + " FROM " + quoted(p.Space) + " WHERE id = $1"
	taken := fmt.Sprintf("UPDATE %s SET status = %d WHERE id = $1", quoted(p.Space), Revoked)
	return &postgresRecords{pool, query, taken, d}, nil
}

func quoted(table string) string { return pgx.Identifier{table}.Sanitize() }

func (s *postgresRecords) lookup(ctx context.Context, id uint64) (Record, bool, error) {
	r := Record{ID: id}
	var digest []byte
	var scopes, status int32
	rows, err := s.pool.Query(ctx, s.query, int64(id)) // the same 64 bits
	if err != nil {
		return Record{}, false, err
	}
	defer rows.Close()
	if !rows.Next() {
		return Record{}, false, rows.Err()
	}
	// What has the form of a row and cannot be read is there, and wrong.
	if rows.Scan(&digest, &r.Hash, &r.Expires, &scopes, &status, &r.Subject, &r.Tenant) != nil || len(digest) != len(r.Digest) ||
		status < int32(Revoked) || status > int32(Active) || scopes != int32(Scopes(scopes)) {
		return Record{}, false, ErrCorrupt
	}
	r.Digest, r.Scopes, r.Status = Digest(digest), Scopes(scopes), Status(status)
	rows.Close() // reads to the end: an error may come after the row
	return r, true, rows.Err()
}

func (s *postgresRecords) revoke(ctx context.Context, id uint64) error {
	done, err := s.pool.Exec(ctx, s.taken, int64(id))
	if err == nil && done.RowsAffected() == 0 {
		err = errUnknown
	}
	return err
}

func (s *postgresRecords) waits() (int64, time.Duration) {
	stat := s.pool.Stat()
	return stat.EmptyAcquireCount(), stat.EmptyAcquireWaitTime()
}

func (s *postgresRecords) close() error {
	s.pool.Close()
	return nil
}

// fillPostgres makes the table. It is not logged: a crash of the server may empty
// it, and nothing else would come of the run either.
func fillPostgres(ctx context.Context, p Place, blocks iter.Seq[[]Record]) error {
	ctx, end := context.WithCancelCause(ctx)
	defer end(nil)
	step := time.AfterFunc(fillTime, func() { end(errStands) })
	defer step.Stop()
	err := withPostgres(ctx, p, func(conn *pgx.Conn) error {
		table := quoted(p.Space)
		if _, err := conn.Exec(ctx, "CREATE UNLOGGED TABLE "+table+postgresTable); err != nil {
			return err
		}
		rows := newRows(blocks, step)
		defer rows.stop()
		if _, err := conn.CopyFrom(ctx, pgx.Identifier{p.Space}, postgresColumns, rows); err != nil {
			return err
		}
		// The index after the rows, as it is quicker; and the visibility of the rows
		// noted now, not by the first lookups.
		for _, command := range []string{"ALTER TABLE " + table + " ADD PRIMARY KEY (id)", "VACUUM ANALYZE " + table} {
			step.Reset(indexTime)
			if _, err := conn.Exec(ctx, command); err != nil {
				return err
			}
		}
		return nil
	})
	if ctx.Err() != nil {
		return context.Cause(ctx) // the driver says that it was cancelled, as if by the user
	}
	return err
}

// indexTime bounds the making of an index: of ten million records on a slow disk it is
// a minute or two.
const indexTime = 10 * time.Minute

// errStands is why a store is given up that is being filled.
var errStands = fmt.Errorf("it has not gone on for %v (%v at its index): it stands still, or others make it wait", fillTime, indexTime)

// clearPostgres drops the table.
func clearPostgres(ctx context.Context, p Place) error {
	return withPostgres(ctx, p, func(conn *pgx.Conn) error {
		_, err := conn.Exec(ctx, "DROP TABLE IF EXISTS "+quoted(p.Space))
		return err
	})
}

func pingPostgres(ctx context.Context, p Place) (version string, err error) {
	err = withPostgres(ctx, p, func(conn *pgx.Conn) error {
		number := conn.PgConn().ParameterStatus("server_version")
		number, _, _ = strings.Cut(number, " ") // without the name of the package
		version = "PostgreSQL " + number
		return nil
	})
	return version, err
}

// withPostgres lends a connection without added latency.
func withPostgres(ctx context.Context, p Place, use func(*pgx.Conn) error) (err error) {
	c, err := postgresConfig(p, &Dialer{})
	if err != nil {
		return err
	}
	conn, err := pgx.ConnectConfig(ctx, c.ConnConfig)
	if err != nil {
		return explainPostgres(err)
	}
	defer func() {
		parting, cancel := context.WithTimeout(context.WithoutCancel(ctx), LookupTime)
		defer cancel()
		err = errors.Join(err, conn.Close(parting))
	}()
	return explainPostgres(use(conn))
}

// explainPostgres adds what to do about an error.
func explainPostgres(err error) error {
	if err == nil {
		return nil
	}
	for _, c := range []struct{ sign, remedy string }{
		{"28P01", "correct user and password in store_url"},
		{"28000", "correct the user in store_url, or let it in with pg_hba.conf"},
		{"3D000", "correct the name of the database in store_url"},
		{"42501", "give the user the right to create tables"},
		{"53300", "raise max_connections of the server"},
		{"connection refused", "start the server, or correct store_url"},
	} {
		if strings.Contains(err.Error(), c.sign) {
			return withRemedy(err, c.remedy)
		}
	}
	return err
}

func withRemedy(err error, remedy string) error { return fmt.Errorf("%w; %s", err, remedy) }

// rows are records as COPY takes them.
type rows struct {
	next  func() ([]Record, bool)
	stop  func()
	block []Record
	at    int
	// step is when the server counts as standing still; it rests while a block is made.
	step *time.Timer
}

var _ pgx.CopyFromSource = (*rows)(nil)

func newRows(blocks iter.Seq[[]Record], step *time.Timer) *rows {
	r := &rows{step: step}
	r.next, r.stop = iter.Pull(blocks)
	return r
}

// Next implements pgx.CopyFromSource.
func (r *rows) Next() bool {
	for r.at++; r.at >= len(r.block); r.at = 0 {
		r.step.Stop()
		block, more := r.next()
		r.step.Reset(fillTime)
		if !more {
			return false
		}
		r.block = block
		if r.at = 0; len(block) > 0 {
			return true
		}
	}
	return true
}

// Values implements pgx.CopyFromSource.
func (r *rows) Values() ([]any, error) {
	v := r.block[r.at]
	return []any{int64(v.ID), v.Digest[:], v.Hash, v.Expires, int32(v.Scopes), int16(v.Status), v.Subject, v.Tenant}, nil
}

// Err implements pgx.CopyFromSource.
func (*rows) Err() error { return nil }
