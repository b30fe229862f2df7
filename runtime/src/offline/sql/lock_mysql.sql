set @dunlin_lock = concat('dunlin:', left(sha2(concat_ws(char(31), 'dunlin', {parts}), 256), 40));
set @dunlin_locked = get_lock(@dunlin_lock, {seconds});
