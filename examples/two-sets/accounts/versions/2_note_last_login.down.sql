alter table accounts drop column last_login;
