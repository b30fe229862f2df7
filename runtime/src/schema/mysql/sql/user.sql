select concat(quote(substring_index(current_user(), '@', length(current_user()) - length(replace(current_user(), '@', '')))),
              '@', quote(substring_index(current_user(), '@', -1)))
