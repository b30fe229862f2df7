set session sql_mode = @dunlin_sql_mode, sql_quote_show_create = @dunlin_quotes;
