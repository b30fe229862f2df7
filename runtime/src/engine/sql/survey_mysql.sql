select
  database(),
  user(),
  @@character_set_client,
  coalesce(@@character_set_results, @@character_set_client),
  @@collation_connection,
  @@sql_mode,
  @@time_zone,
  @@foreign_key_checks,
  @@unique_checks,
  @@lock_wait_timeout,
  @@innodb_lock_wait_timeout,
  version(),
  {keeps_rows},
  connection_id(),
  concat(@@hostname, ':', @@port);
show global variables like 'wsrep_on';
show global status like 'Uptime'
