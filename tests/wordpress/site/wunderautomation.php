<?php

/**
 * Plugin Name: A stand-in for WunderAutomation
 *
 * Takes webhooks at its own URL as WunderAutomation 1.9 does, with its checks, its forgiving look-ups and its words,
 * and offers the functions by which others run its workflows. Each run is noted in the file `runs` of the site's
 * folder.
 *
 * The option `wunderautomation_workflows` holds the workflows: code, active, objects (type, name, parameter, required),
 * basic (user, password; false turns it off), key and hmac (header, secret), fails.
 */

function wa_wa(): WunderAutomationDouble
{
    static $instance;

    return $instance ?? $instance = new WunderAutomationDouble();
}

// Where WunderAutomation hooks in: any request, whatever its method.
add_action('init', [wa_wa(), 'takeWebhook'], PHP_INT_MAX);

final class WunderAutomationDouble
{
    /** @return list<WunderAutomationWorkflowDouble> */
    public function getWorkflows(): array
    {
        $workflows = get_option('wunderautomation_workflows', []);

        return array_map(static function (array $settings) {
            return new WunderAutomationWorkflowDouble($settings);
        }, $workflows);
    }

    public function createResolver(array $objects): WunderAutomationResolverDouble
    {
        return new WunderAutomationResolverDouble($objects);
    }

    public function takeWebhook(): void
    {
        $general = get_option('wunderauto-general', []);
        $slug = preg_quote($general['webhookslug'] ?? 'wa-hook', '/');
        $address = sanitize_text_field($_SERVER['REQUEST_URI']);
        $isOpen = ($general['enable_webhook_trigger'] ?? false) && $this->anyActive();
        if ($isOpen && preg_match("/$slug\/([a-z0-9_\-]*)/", $address, $parts) === 1) {
            $this->answer($parts[1]);
        }
    }

    private function anyActive(): bool
    {
        foreach ($this->getWorkflows() as $workflow) {
            if ($workflow->isActive()) {
                return true;
            }
        }

        return false;
    }

    private function answer(string $code): void
    {
        // Found whether it is active or not.
        $workflow = $this->named($code);
        if ($workflow === null) {
            $this->say(404, 'Unkown hook code');
        }
        if (!$workflow->lets($_SERVER, file_get_contents('php://input'))) {
            $this->say(401, 'Authentication failed');
        }
        $resolver = $this->createResolver([]);
        $resolver->addObject('webhook', 'webhook', $this->requested());
        if (!$this->addObjects($resolver, $workflow, $this->parameters())) {
            $this->say(400, 'All required objects not found');
        }
        $resolver->maybeAddCurrentUser();
        $workflow->executeSteps($resolver);
        $this->say(200, 'success');
    }

    private function named(string $code): ?WunderAutomationWorkflowDouble
    {
        foreach ($this->getWorkflows() as $workflow) {
            if ($workflow->getState()->trigger->value->code === $code) {
                return $workflow;
            }
        }

        return null;
    }

    private function addObjects($resolver, $workflow, array $parameters): bool
    {
        foreach ($workflow->getState()->trigger->value->objects as $wanted) {
            $object = $this->find($wanted->type, $parameters[$wanted->parameter] ?? '');
            if ($object) {
                $resolver->addObject($wanted->name, $wanted->type, $object);
            } elseif ($wanted->required) {
                return false;
            }
        }

        return true;
    }

    private function requested(): array
    {
        return array_map('sanitize_text_field', wp_unslash(array_filter($_REQUEST, 'is_scalar')));
    }

    /** JSON counts only under exactly this type, and over everything else. */
    private function parameters(): array
    {
        $isJson = ($_SERVER['CONTENT_TYPE'] ?? '') === 'application/json';
        $json = $isJson ? json_decode(file_get_contents('php://input'), true) : null;
        $scalars = array_filter(is_array($json) ? $json : [], 'is_scalar');

        return array_map('sanitize_text_field', $scalars) + $this->requested();
    }

    private function find(string $type, string $reference)
    {
        if ($reference === '') {
            return null;
        }
        switch ($type) {
            case 'post':
                return get_post((int) $reference) ?: get_page_by_path($reference);
            case 'user':
                return (is_numeric($reference) ? get_user_by('id', $reference) : false)
                    ?: get_user_by('email', $reference)
                    ?: get_user_by('login', $reference);
            case 'comment':
                return get_comment((int) $reference);
            case 'order':
                return wc_get_order($reference) ?: wc_get_order_id_by_order_key($reference);
            default:
                return null;
        }
    }

    private function say(int $status, string $message): void
    {
        $code = $status === 200 ? 'ok' : 'fail';
        if (wp_is_json_request()) {
            wp_die($message, '', ['response' => $status, 'code' => $code]);
        }
        status_header($status);
        header('Content-Type: text/plain');
        echo "code: $code\nmessage: $message\nstatus: $status";
        exit;
    }
}

final class WunderAutomationWorkflowDouble
{
    /** @var array */
    private $settings;

    public function __construct(array $settings)
    {
        $this->settings = $settings;
    }

    public function isActive(): bool
    {
        return $this->settings['active'] ?? true;
    }

    public function getState(): stdClass
    {
        $objects = $this->settings['objects'] ?? [];
        $trigger = ['value' => ['code' => $this->settings['code'], 'objects' => $objects]];

        return json_decode(json_encode(['trigger' => $trigger]));
    }

    public function executeSteps(WunderAutomationResolverDouble $resolver): void
    {
        $run = ['workflow' => $this->settings['code'], 'calls' => $resolver->calls];
        file_put_contents(getenv('HOOKGATE_SITE') . '/runs', json_encode($run) . "\n", FILE_APPEND | LOCK_EX);
        if ($this->settings['fails'] ?? false) {
            throw new RuntimeException('The workflow failed, as it was asked to.');
        }
    }

    /** Every method that is turned on must agree, and Basic is on unless it is turned off. */
    public function lets(array $server, string $body): bool
    {
        $basic = $this->settings['basic'] ?? ['user' => '', 'password' => ''];
        $key = $this->settings['key'] ?? false;
        $hmac = $this->settings['hmac'] ?? false;

        return (!$basic || $this->isBasic($basic, $server['HTTP_AUTHORIZATION'] ?? ''))
            && (!$key || hash_equals($key['secret'], $this->header($key, $server)))
            && (!$hmac || hash_equals(hash_hmac('sha1', $body, $hmac['secret']), $this->header($hmac, $server)));
    }

    private function isBasic(array $basic, string $given): bool
    {
        return hash_equals('Basic ' . base64_encode("{$basic['user']}:{$basic['password']}"), $given);
    }

    private function header(array $method, array $server): string
    {
        return $server['HTTP_' . strtoupper(str_replace('-', '_', $method['header']))] ?? '';
    }
}

final class WunderAutomationResolverDouble
{
    /** @var list<list<mixed>> what was asked of it, in order, with objects as their ids */
    public $calls = [];

    public function __construct(array $objects)
    {
        $this->calls[] = ['createResolver', $objects];
    }

    public function addObject(string $name, string $type, $value): void
    {
        $this->calls[] = ['addObject', $name, $type, $this->id($value)];
    }

    public function maybeAddCurrentUser(): void
    {
        $this->calls[] = ['maybeAddCurrentUser'];
    }

    private function id($value)
    {
        if (!is_object($value)) {
            return $value;
        }

        return (int) ($value->ID ?? $value->comment_ID ?? $value->get_id());
    }
}
