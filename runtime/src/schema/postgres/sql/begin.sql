begin isolation level repeatable read read only;
set local search_path = '';
set local quote_all_identifiers = off;
set local extra_float_digits = 1;
set local datestyle = 'ISO, MDY';
set local intervalstyle = 'postgres';
set local bytea_output = 'hex';
set local timezone = 'UTC';
set local jit = off
