<?php

// Everything that makes one site differ from another is in its folder.
foreach (json_decode(file_get_contents(getenv('HOOKGATE_SITE') . '/constants.json'), true) as $name => $value) {
    define($name, $value);
}

$table_prefix = 'wp_';
