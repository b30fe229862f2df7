drop index books_by_status;
