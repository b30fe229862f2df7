set @dunlin_sql_mode = @@session.sql_mode, @dunlin_quotes = @@session.sql_quote_show_create;
set session sql_mode = '', sql_quote_show_create = 1;
