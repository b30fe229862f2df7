-- dunlin: revises {revises}

