unlock tables;
set names utf8mb4;
set sql_mode = @dunlin_sql_mode,
  time_zone = @dunlin_time_zone,
  foreign_key_checks = @dunlin_foreign_key_checks,
  unique_checks = @dunlin_unique_checks,
  lock_wait_timeout = @dunlin_lock_wait_timeout,
  innodb_lock_wait_timeout = @dunlin_innodb_lock_wait_timeout;
