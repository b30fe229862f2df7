set names utf8mb4;
set autocommit = 1;
-- What the session is, so that it can be brought back to it behind a file
set @dunlin_sql_mode = @@sql_mode,
  @dunlin_time_zone = @@time_zone,
  @dunlin_foreign_key_checks = @@foreign_key_checks,
  @dunlin_unique_checks = @@unique_checks,
  @dunlin_lock_wait_timeout = @@lock_wait_timeout,
  @dunlin_innodb_lock_wait_timeout = @@innodb_lock_wait_timeout;
drop temporary table if exists dunlin_assertion;
create temporary table dunlin_assertion (message varchar(255) primary key);
