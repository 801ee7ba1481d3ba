-- The subscription to another region. Run as a superuser, on the primary, in the database that takes the rows; again
-- whenever how to reach the other region has changed, or tables were added there.
\set ON_ERROR_STOP on
-- The password in the connection string must not get into the server's log.
SET log_statement = 'none';
SET log_min_duration_statement = -1;
SET log_min_error_statement = 'panic';
-- At the first start there is no replica yet that a commit could wait for.
SET synchronous_commit = 'local';
\set conninfo `cat :'conninfo_file'`
SELECT :'conninfo' = '' AS no_conninfo,
  EXISTS (SELECT FROM pg_subscription JOIN pg_database d ON d.oid = subdbid
    WHERE subname = 'sub_from_east' AND datname = current_database()) AS subscribed,
  -- A row that conflicts stops the subscription and not the whole region in a loop: see ALTER SUBSCRIPTION … SKIP.
  CASE WHEN current_setting('server_version_num')::int >= 150000 THEN ', disable_on_error = true' ELSE '' END AS more \gset
\if :no_conninfo
  DO $$ BEGIN RAISE 'the file of -v conninfo_file=… is missing or empty'; END $$;
\endif

-- None of them may be in a transaction: the slot is made on the other side.
\if :subscribed
  ALTER SUBSCRIPTION sub_from_east CONNECTION :'conninfo';
  SELECT subenabled AS enabled FROM pg_subscription WHERE subname = 'sub_from_east' \gset
  \if :enabled
    ALTER SUBSCRIPTION sub_from_east REFRESH PUBLICATION;
  \else
    -- It stays so until somebody has looked.
    DO $$ BEGIN RAISE 'sub_from_east is disabled; the server''s log says by which error. Mend or skip it, then ALTER SUBSCRIPTION sub_from_east ENABLE'; END $$;
  \endif
\else
  CREATE SUBSCRIPTION sub_from_east CONNECTION :'conninfo' PUBLICATION pub_multi_region
    WITH (copy_data = true, create_slot = true :more);
\endif
